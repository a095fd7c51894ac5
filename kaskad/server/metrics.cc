#include "kaskad/server/metrics.h"

#include <prometheus/text_serializer.h>

#include <mutex>
#include <sstream>

#include "kaskad/core/utc.h"
#include "kaskad/monitor/shown_items.h"
#include "kaskad/server/bundle_facts.h"
#include "kaskad/server/infer_metrics.h"
#include "kaskad/server/live_metrics.h"
#include "kaskad/server/metric_families.h"
#include "kaskad/server/process_metrics.h"
#include "kaskad/server/request_metrics.h"
#include "kaskad/server/stage_metrics.h"

namespace kaskad {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;

const Histogram::BucketBoundaries kCandidates = {1, 3, 10, 30, 100, 300, 1000, 3000, 10'000};

// The ranker counts for itself, and a new one begins anew.
void add_cache(const CacheFigures& cache, MetricFamilies& families) {
  const std::string prefix = "kaskad_history_cache_";
  read_counter(prefix + "hits_total", "Histories that the ranker had encoded before.")
      .add(static_cast<double>(cache.hits))
      .move_to(families);
  read_counter(prefix + "misses_total", "Histories that the ranker had to encode.")
      .add(static_cast<double>(cache.misses))
      .move_to(families);
  read_counter(prefix + "extended_total",
               "Misses that began with a shorter history that was there.")
      .add(static_cast<double>(cache.extended))
      .move_to(families);
  read_gauge(prefix + "entries", "Encoded histories kept.")
      .add(static_cast<double>(cache.entries))
      .move_to(families);
  read_gauge(prefix + "bytes", "What the encoded histories take.")
      .add(static_cast<double>(cache.bytes))
      .move_to(families);
}

// Of the last items shown; nothing before the first.
void add_shown(const ShownItems::Reading& shown, size_t catalogue, MetricFamilies& families) {
  read_gauge("kaskad_catalogue_items", "Items that the models know.")
      .add(static_cast<double>(catalogue))
      .move_to(families);
  read_gauge("kaskad_recent_shown_items", "The last items shown, at most 10,000.")
      .add(static_cast<double>(shown.shown))
      .move_to(families);
  read_gauge("kaskad_recent_distinct_items", "How many of the last items shown are distinct.")
      .add(static_cast<double>(shown.distinct))
      .move_to(families);
  auto place =
      read_gauge("kaskad_recent_popularity_place",
                 "Mean place of the last items shown by popularity: 0 for the most popular "
                 "of the catalogue, 1 for the least.");
  if (shown.shown > 0) place.add(shown.popularity);
  place.move_to(families);
}

}  // namespace

struct Metrics::State {
  prometheus::Registry registry;
  RequestMetrics requests{registry};
  Family<Counter>& unknown =
      family(prometheus::BuildCounter(), registry, "kaskad_unknown_ids_total",
             "Ids in requests that the bundle does not know.");
  Histogram& candidates = family(prometheus::BuildHistogram(), registry, "kaskad_rank_candidates",
                                 "Candidates of the lists that were put in order.")
                              .Add({}, kCandidates);
  Family<Counter>& events = family(prometheus::BuildCounter(), registry, "kaskad_events_total",
                                   "Events that came in, by what became of them.");
  Family<Counter>& kafka_messages =  // empty where nothing is read from Kafka
      family(prometheus::BuildCounter(), registry, "kaskad_kafka_messages_total",
             "Messages of Kafka that were read, by what became of them.");
  Family<Gauge>& kafka_lag =
      family(prometheus::BuildGauge(), registry, "kaskad_kafka_lag_messages",
             "Messages of this server's partitions that it has not read yet.");
  Family<Counter>& experiment_answers =
      family(prometheus::BuildCounter(), registry, "kaskad_experiment_answers_total",
             "Answers by the arm of the user.");
  Counter& event_store_failures =
      family(prometheus::BuildCounter(), registry, "kaskad_event_store_failures_total",
             "Times that the store of events could not be read or written.")
          .Add({});
  StageMetrics stages{registry};
  InferMetrics inferences{registry};
  Family<Gauge>& cascade_info = family(prometheus::BuildGauge(), registry, "kaskad_cascade_info",
                                       "1 for the cascade that answers.");
  Gauge* cascade_current = nullptr;
  BundleFacts retriever{registry, "bundle", "the bundle"};
  BundleFacts ranker{registry, "ranker", "the ranker"};
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
  Gauge& last_failed_reload =
      family(prometheus::BuildGauge(), registry, "kaskad_last_failed_reload_seconds",
             "When bundles could not take over last, in seconds since 1970; 0: never.")
          .Add({});
  Gauge& served_since = family(prometheus::BuildGauge(), registry, "kaskad_served_since_seconds",
                               "When what is served took over, in seconds since 1970.")
                            .Add({});
  Gauge& ready = family(prometheus::BuildGauge(), registry, "kaskad_ready",
                        "1 while the server takes requests, 0 while it stops.")
                     .Add({});
  Family<Counter>& looked_up =
      family(prometheus::BuildCounter(), registry, "kaskad_looked_up_ids_total",
             "Ids in requests that were looked up, the unknown ones included.");
  Counter& users = looked_up.Add({{"kind", "user"}});
  Counter& items = looked_up.Add({{"kind", "item"}});
  Counter& listed = looked_up.Add({{"kind", "candidate"}});
  Counter& unknown_users = unknown.Add({{"kind", "user"}});
  Counter& unknown_items = unknown.Add({{"kind", "item"}});
  Counter& unknown_candidates = unknown.Add({{"kind", "candidate"}});
  Counter& unknown_actions = unknown.Add({{"kind", "action"}});

  const double started = seconds_since_1970();
  ShownItems shown;

  mutable std::mutex mutex;  // of what answers
};

Metrics::Metrics() : state_(std::make_unique<State>()) { ready(true); }
Metrics::~Metrics() = default;

void Metrics::request(std::string_view method, std::string_view path, int status, double seconds) {
  state_->requests.count(method, path, status, seconds);
}

void Metrics::refusal(int status) { state_->requests.count_refusal(status); }

void Metrics::in_flight(int change) { state_->in_flight.Increment(change); }

void Metrics::connections(size_t open) { state_->connections.Set(static_cast<double>(open)); }

void Metrics::events(std::string_view outcome, size_t count) {
  if (count == 0) return;
  state_->events.Add({{"outcome", std::string(outcome)}}).Increment(static_cast<double>(count));
}

void Metrics::kafka_messages(std::string_view outcome, size_t count) {
  state_->kafka_messages.Add({{"outcome", std::string(outcome)}})
      .Increment(static_cast<double>(count));
}

void Metrics::kafka_lag(int64_t messages) {
  state_->kafka_lag.Add({}).Set(static_cast<double>(messages));
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

void Metrics::looked_up_ids(std::string_view kind, size_t count) {
  Counter& counter = kind == "user"   ? state_->users
                     : kind == "item" ? state_->items
                                      : state_->listed;
  counter.Increment(static_cast<double>(count));
}

void Metrics::candidates(size_t count) { state_->candidates.Observe(static_cast<double>(count)); }

void Metrics::stages(const std::vector<StageRecord>& records) { state_->stages.count(records); }

void Metrics::inference(std::string_view model, int status, double seconds) {
  state_->inferences.count(model, status, seconds);
}

void Metrics::failed_reload() {
  state_->failed_reloads.Increment();
  state_->last_failed_reload.Set(seconds_since_1970());
}

void Metrics::ready(bool ready) { state_->ready.Set(ready ? 1 : 0); }

void Metrics::shown(std::span<const std::string_view> items, std::span<const double> places) {
  state_->shown.add(items, places);
}

void Metrics::internal_error() { state_->internal_errors.Increment(); }

void Metrics::served(const Served& served) {
  state_->served_since.Set(seconds_since_1970());
  const std::lock_guard lock(state_->mutex);
  if (served.retriever) state_->retriever.set(*served.retriever);
  if (served.ranker) state_->ranker.set(*served.ranker);
  if (state_->cascade_current) state_->cascade_info.Remove(state_->cascade_current);
  state_->cascade_current = nullptr;
  if (!served.cascade) return;
  state_->cascade_current = &state_->cascade_info.Add(
      {{"name", served.cascade->config().name}, {"version", served.cascade->version()}});
  state_->cascade_current->Set(1);
}

std::string Metrics::text(const Served& served, const LiveState* live, const PeerFeed* peers,
                          const ArmGuard& guard) const {
  {
    const std::lock_guard lock(state_->mutex);
    const double now = seconds_since_1970();
    state_->retriever.set_age(now);
    state_->ranker.set_age(now);
  }
  auto families = state_->registry.Collect();
  if (served.ranker) {
    if (const auto cache = served.ranker->bundle.ranker->cache()) add_cache(*cache, families);
  }
  state_->stages.read(served, families);
  if (served.retriever) {
    const size_t catalogue =
        served.cascade ? served.cascade->catalogue().size() : served.retriever->bundle.items.size();
    add_shown(state_->shown.reading(), catalogue, families);
  }
  if (live) {
    read_live_state(*live, families);
    read_arms(*live, served, families);
  }
  if (peers) read_peers(*peers, families);
  read_taken_down(guard, served, families);
  read_counter_ages(served, families);
  read_live_pairs(served, families);
  read_process(state_->started, families);
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, families);
  return out.str();
}

}  // namespace kaskad
