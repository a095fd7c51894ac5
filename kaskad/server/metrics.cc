#include "kaskad/server/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <chrono>
#include <ctime>
#include <map>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <sstream>
#include <tuple>

namespace kaskad {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;

const Histogram::BucketBoundaries kSeconds = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01,
                                              0.025,  0.05,    0.1,    0.25,  0.5,    1,     2.5};

const Histogram::BucketBoundaries kCandidates = {1, 3, 10, 30, 100, 300, 1000, 3000, 10'000};

// Methods are text of the client: only the known ones become a label.
std::string_view method_label(std::string_view method) {
  static const std::set<std::string_view> kKnown = {"GET",   "POST",    "PUT",  "DELETE",
                                                    "PATCH", "OPTIONS", "HEAD", "TRACE"};
  return kKnown.contains(method) ? method : "other";
}

// "2026-11-24T03:50:00Z" -> seconds since 1970; 0 for other text.
double epoch_seconds(const std::string& iso) {
  std::tm parts{};
  return strptime(iso.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts) ? static_cast<double>(timegm(&parts))
                                                             : 0;
}

template <typename T>
Family<T>& family(prometheus::detail::Builder<T> builder, prometheus::Registry& registry,
                  const std::string& name, const std::string& help) {
  return builder.Name(name).Help(help).Register(registry);
}

// Which bundle answers, and how old it is; nothing before the first.
class Facts {
 public:
  Facts(prometheus::Registry& registry, const std::string& name, const std::string& what)
      : info_(family(prometheus::BuildGauge(), registry, "kaskad_" + name + "_info",
                     "1 for " + what + " that answers.")),
        ages_(family(prometheus::BuildGauge(), registry, "kaskad_" + name + "_age_seconds",
                     "Since " + what + " was written.")) {}

  template <typename ServedOne>  // ServedBundle, ServedRanker
  void set(const ServedOne& served) {
    if (current_) info_.Remove(current_);
    current_ = &info_.Add({{"model", served.bundle.kind},
                           {"version", served.version},
                           {"created", served.bundle.created},
                           {"dataset", served.bundle.dataset_hash}});
    current_->Set(1);
    created_ = epoch_seconds(served.bundle.created);
    if (!age_) age_ = &ages_.Add({});
  }

  void set_age(double now) {
    if (age_) age_->Set(now - created_);
  }

 private:
  Family<Gauge>& info_;
  Family<Gauge>& ages_;
  Gauge* current_ = nullptr;
  Gauge* age_ = nullptr;
  double created_ = 0;
};

prometheus::MetricFamily one_value(prometheus::MetricType type, const std::string& name,
                                   const std::string& help, double value) {
  prometheus::ClientMetric metric;
  metric.counter.value = metric.gauge.value = value;
  return {name, help, type, {metric}};
}

// The ranker counts for itself, and a new one begins anew.
void add_cache(const CacheFigures& cache, std::vector<prometheus::MetricFamily>& families) {
  using prometheus::MetricType;
  const std::string prefix = "kaskad_history_cache_";
  families.push_back(one_value(MetricType::Counter, prefix + "hits_total",
                               "Histories that the ranker had encoded before.",
                               static_cast<double>(cache.hits)));
  families.push_back(one_value(MetricType::Counter, prefix + "misses_total",
                               "Histories that the ranker had to encode.",
                               static_cast<double>(cache.misses)));
  families.push_back(one_value(MetricType::Counter, prefix + "extended_total",
                               "Misses that began with a shorter history that was there.",
                               static_cast<double>(cache.extended)));
  families.push_back(one_value(MetricType::Gauge, prefix + "entries", "Encoded histories kept.",
                               static_cast<double>(cache.entries)));
  families.push_back(one_value(MetricType::Gauge, prefix + "bytes",
                               "What the encoded histories take.",
                               static_cast<double>(cache.bytes)));
}

prometheus::MetricFamily labelled(const std::string& name, const std::string& help) {
  return {name, help, prometheus::MetricType::Gauge, {}};
}

// Of stages whose models may fail, those of the fallbacks included.
void add_breakers(const Cascade& cascade, std::vector<prometheus::MetricFamily>& families) {
  auto open = labelled("kaskad_stage_breaker_open",
                       "1 while a stage is left alone because it kept failing; 0.5 while a request "
                       "tries it again.");
  auto abandoned = labelled("kaskad_stage_abandoned_calls",
                            "Calls of a stage beyond their time that still run.");
  const auto add = [](prometheus::MetricFamily& family, const std::string& stage, double value) {
    prometheus::ClientMetric metric;
    metric.label = {{"stage", stage}};
    metric.gauge.value = value;
    family.metric.push_back(metric);
  };
  const auto add_stage = [&](const auto& stage) {
    const Breaker::State state = stage.guard().breaker();
    const double value = state == Breaker::State::kOpen     ? 1
                         : state == Breaker::State::kTrying ? 0.5
                                                            : 0;
    add(open, stage.config().name, value);
    add(abandoned, stage.config().name, static_cast<double>(stage.guard().abandoned()));
  };
  for (const auto& stage : cascade.retrievers()) {
    add_stage(*stage);
    if (stage->other()) add_stage(*stage->other());
  }
  for (const RankStage* stage : {cascade.prerank(), cascade.rank()}) {
    if (!stage) continue;
    add_stage(*stage);
    if (stage->other()) add_stage(*stage->other());
  }
  families.push_back(std::move(open));
  families.push_back(std::move(abandoned));
}

}  // namespace

struct Metrics::State {
  // Adding to a Family builds a label map; requests look their metric up here instead.
  using RequestKey = std::tuple<std::string_view, std::string_view, int>;

  prometheus::Registry registry;
  Family<Counter>& requests =
      family(prometheus::BuildCounter(), registry, "kaskad_requests_total", "Requests answered.");
  Family<Histogram>& seconds =
      family(prometheus::BuildHistogram(), registry, "kaskad_request_seconds",
             "From the whole request read to the response made, waiting for a worker included.");
  Family<Counter>& unknown =
      family(prometheus::BuildCounter(), registry, "kaskad_unknown_ids_total",
             "Ids in requests that the bundle does not know.");
  Histogram& candidates = family(prometheus::BuildHistogram(), registry, "kaskad_rank_candidates",
                                 "Candidates of the lists that were put in order.")
                              .Add({}, kCandidates);
  Family<Counter>& events = family(prometheus::BuildCounter(), registry, "kaskad_events_total",
                                   "Events that came in, by what became of them.");
  Family<Counter>& experiment_answers =
      family(prometheus::BuildCounter(), registry, "kaskad_experiment_answers_total",
             "Answers by the arm of the user.");
  Counter& event_store_failures =
      family(prometheus::BuildCounter(), registry, "kaskad_event_store_failures_total",
             "Times that the store of events could not be read or written.")
          .Add({});
  Gauge& newest_event = family(prometheus::BuildGauge(), registry, "kaskad_newest_event_seconds",
                               "Time of the newest event, in seconds since 1970.")
                            .Add({});
  Gauge& failed_records = family(prometheus::BuildGauge(), registry, "kaskad_journal_failures",
                                 "Lines that the journal could not write.")
                              .Add({});
  Family<Histogram>& stage_seconds =
      family(prometheus::BuildHistogram(), registry, "kaskad_stage_seconds",
             "What a stage of a cascade took, what stood in for it not included.");
  Family<Counter>& stage_candidates =
      family(prometheus::BuildCounter(), registry, "kaskad_stage_candidates_total",
             "Candidates that came into a stage and left it.");
  Family<Counter>& stage_unknown =
      family(prometheus::BuildCounter(), registry, "kaskad_stage_unknown_candidates_total",
             "Candidates that a stage's model does not know.");
  Family<Counter>& stage_fallbacks =
      family(prometheus::BuildCounter(), registry, "kaskad_stage_fallbacks_total",
             "Answers in which something stood in for a stage, by why and by what.");
  Family<Histogram>& infer_seconds =
      family(prometheus::BuildHistogram(), registry, "kaskad_infer_seconds",
             "What reading, running and writing an inference took, by model and status.");
  Family<Gauge>& cascade_info = family(prometheus::BuildGauge(), registry, "kaskad_cascade_info",
                                       "1 for the cascade that answers.");
  Gauge* cascade_current = nullptr;
  Facts retriever{registry, "bundle", "the bundle"}, ranker{registry, "ranker", "the ranker"};
  Gauge& in_flight = family(prometheus::BuildGauge(), registry, "kaskad_requests_in_flight",
                            "Requests being answered.")
                         .Add({});
  Gauge& connections =
      family(prometheus::BuildGauge(), registry, "kaskad_connections", "Open connections.").Add({});
  Counter& internal_errors = family(prometheus::BuildCounter(), registry,
                                    "kaskad_internal_errors_total", "Answers with status 500.")
                                 .Add({});
  Counter& failed_reloads =
      family(prometheus::BuildCounter(), registry, "kaskad_failed_reloads_total",
             "Bundles that could not take over; the older one went on.")
          .Add({});
  Counter& unknown_users = unknown.Add({{"kind", "user"}});
  Counter& unknown_items = unknown.Add({{"kind", "item"}});
  Counter& unknown_candidates = unknown.Add({{"kind", "candidate"}});
  Counter& unknown_actions = unknown.Add({{"kind", "action"}});

  mutable std::shared_mutex mutex;
  std::set<std::string> names;  // owns the text behind the keys below
  std::map<RequestKey, Counter*> counters;
  std::map<std::string_view, Histogram*> histograms;

  // What is counted of one stage.
  struct StageCounts {
    Histogram* seconds;
    Counter *in, *out, *unknown;
  };
  std::map<std::string, StageCounts, std::less<>> stages;

  StageCounts counts_of(std::string_view stage) {
    {
      std::shared_lock lock(mutex);
      if (const auto found = stages.find(stage); found != stages.end()) return found->second;
    }
    std::unique_lock lock(mutex);
    const std::string name(stage);
    return stages
        .emplace(name, StageCounts{&stage_seconds.Add({{"stage", name}}, kSeconds),
                                   &stage_candidates.Add({{"stage", name}, {"direction", "in"}}),
                                   &stage_candidates.Add({{"stage", name}, {"direction", "out"}}),
                                   &stage_unknown.Add({{"stage", name}})})
        .first->second;
  }

  std::map<std::pair<std::string, int>, Histogram*> inferences;

  Histogram& infer_histogram(std::string_view model, int status) {
    const std::pair key(std::string(model), status);
    {
      std::shared_lock lock(mutex);
      if (const auto found = inferences.find(key); found != inferences.end()) return *found->second;
    }
    std::unique_lock lock(mutex);
    Histogram*& histogram = inferences[key];
    if (!histogram) {
      histogram =
          &infer_seconds.Add({{"model", key.first}, {"status", std::to_string(status)}}, kSeconds);
    }
    return *histogram;
  }

  std::string_view keep(std::string_view text) { return *names.emplace(text).first; }

  std::pair<Counter*, Histogram*> find(const RequestKey& key) const {
    std::shared_lock lock(mutex);
    const auto counter = counters.find(key);
    if (counter == counters.end()) return {};
    return {counter->second, histograms.at(std::get<1>(key))};
  }

  std::pair<Counter*, Histogram*> add(std::string_view method, std::string_view path, int status) {
    std::unique_lock lock(mutex);
    const RequestKey key{keep(method), keep(path), status};
    auto& histogram = histograms[std::get<1>(key)];
    if (!histogram) histogram = &seconds.Add({{"path", std::string(path)}}, kSeconds);
    auto& counter = counters[key];
    if (!counter) {
      counter = &requests.Add({{"method", std::string(method)},
                               {"path", std::string(path)},
                               {"status", std::to_string(status)}});
    }
    return {counter, histogram};
  }
};

Metrics::Metrics() : state_(std::make_unique<State>()) {}
Metrics::~Metrics() = default;

void Metrics::request(std::string_view method, std::string_view path, int status, double seconds) {
  method = method_label(method);
  auto [counter, histogram] = state_->find({method, path, status});
  if (!counter) std::tie(counter, histogram) = state_->add(method, path, status);
  counter->Increment();
  histogram->Observe(seconds);
}

void Metrics::refusal(int status) { state_->add("none", "none", status).first->Increment(); }

void Metrics::in_flight(int change) { state_->in_flight.Increment(change); }

void Metrics::connections(size_t open) { state_->connections.Set(static_cast<double>(open)); }

void Metrics::events(std::string_view outcome, size_t count) {
  if (count == 0) return;
  state_->events.Add({{"outcome", std::string(outcome)}}).Increment(static_cast<double>(count));
}

void Metrics::experiment_answer(std::string_view experiment,
                                const std::vector<std::pair<std::string, std::string>>& arms) {
  for (const auto& [layer, arm] : arms) {
    state_->experiment_answers
        .Add({{"experiment", std::string(experiment)}, {"layer", layer}, {"arm", arm}})
        .Increment();
  }
}

void Metrics::event_store_failed() { state_->event_store_failures.Increment(); }

void Metrics::unknown_ids(std::string_view kind, size_t count) {
  if (count == 0) return;
  Counter& counter = kind == "user"     ? state_->unknown_users
                     : kind == "item"   ? state_->unknown_items
                     : kind == "action" ? state_->unknown_actions
                                        : state_->unknown_candidates;
  counter.Increment(static_cast<double>(count));
}

void Metrics::candidates(size_t count) { state_->candidates.Observe(static_cast<double>(count)); }

void Metrics::stages(const std::vector<StageRecord>& records) {
  for (const StageRecord& record : records) {
    const State::StageCounts counts = state_->counts_of(record.name);
    counts.seconds->Observe(record.seconds);
    counts.in->Increment(static_cast<double>(record.in));
    counts.out->Increment(static_cast<double>(record.out));
    counts.unknown->Increment(static_cast<double>(record.unknown));
    if (!record.fault) continue;
    state_->stage_fallbacks
        .Add({{"stage", std::string(record.name)},
              {"reason", to_string(record.fault->reason)},
              {"fallback", std::string(record.fallback)}})
        .Increment();
  }
}

void Metrics::inference(std::string_view model, int status, double seconds) {
  state_->infer_histogram(model, status).Observe(seconds);
}

void Metrics::failed_reload() { state_->failed_reloads.Increment(); }

void Metrics::internal_error() { state_->internal_errors.Increment(); }

void Metrics::served(const Served& served) {
  std::unique_lock lock(state_->mutex);
  if (served.retriever) state_->retriever.set(*served.retriever);
  if (served.ranker) state_->ranker.set(*served.ranker);
  if (state_->cascade_current) state_->cascade_info.Remove(state_->cascade_current);
  state_->cascade_current = nullptr;
  if (!served.cascade) return;
  state_->cascade_current = &state_->cascade_info.Add(
      {{"name", served.cascade->config().name}, {"version", served.cascade->version()}});
  state_->cascade_current->Set(1);
}

std::string Metrics::text(const Served& served, const LiveState* live) const {
  {
    std::unique_lock lock(state_->mutex);
    const auto time = std::chrono::system_clock::now().time_since_epoch();
    const double now = std::chrono::duration<double>(time).count();
    state_->retriever.set_age(now);
    state_->ranker.set_age(now);
  }
  if (live) {
    const auto newest = live->store().newest();
    state_->newest_event.Set(newest ? static_cast<double>(*newest) / 1000 : 0);
    state_->failed_records.Set(static_cast<double>(live->failed_records()));
  }
  auto families = state_->registry.Collect();
  if (served.ranker) {
    if (const auto cache = served.ranker->bundle.ranker->cache()) add_cache(*cache, families);
  }
  if (served.cascade) add_breakers(*served.cascade, families);
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, families);
  return out.str();
}

}  // namespace kaskad
