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

}  // namespace

struct Metrics::State {
  // Adding to a Family builds a label map; requests look their metric up here instead.
  using RequestKey = std::tuple<std::string_view, std::string_view, int>;

  template <typename T>
  static Family<T>& family(prometheus::detail::Builder<T> builder, prometheus::Registry& registry,
                           const std::string& name, const std::string& help) {
    return builder.Name(name).Help(help).Register(registry);
  }

  prometheus::Registry registry;
  Family<Counter>& requests =
      family(prometheus::BuildCounter(), registry, "kaskad_requests_total", "Requests answered.");
  Family<Histogram>& seconds =
      family(prometheus::BuildHistogram(), registry, "kaskad_request_seconds",
             "From the whole request read to the response made, waiting for a worker included.");
  Family<Counter>& unknown =
      family(prometheus::BuildCounter(), registry, "kaskad_unknown_ids_total",
             "Ids in requests that the bundle does not know.");
  Family<Gauge>& info = family(prometheus::BuildGauge(), registry, "kaskad_bundle_info",
                               "1 for the bundle that answers.");
  Gauge& in_flight = family(prometheus::BuildGauge(), registry, "kaskad_requests_in_flight",
                            "Requests being answered.")
                         .Add({});
  Gauge& connections =
      family(prometheus::BuildGauge(), registry, "kaskad_connections", "Open connections.").Add({});
  Counter& internal_errors = family(prometheus::BuildCounter(), registry,
                                    "kaskad_internal_errors_total", "Answers with status 500.")
                                 .Add({});
  Gauge& bundle_age = family(prometheus::BuildGauge(), registry, "kaskad_bundle_age_seconds",
                             "Since the bundle was written.")
                          .Add({});
  Counter& failed_reloads =
      family(prometheus::BuildCounter(), registry, "kaskad_failed_reloads_total",
             "Bundles that could not take over; the older one went on.")
          .Add({});
  Counter& unknown_users = unknown.Add({{"kind", "user"}});
  Counter& unknown_items = unknown.Add({{"kind", "item"}});

  mutable std::shared_mutex mutex;
  std::set<std::string> names;  // owns the text behind the keys below
  std::map<RequestKey, Counter*> counters;
  std::map<std::string_view, Histogram*> histograms;
  Gauge* current = nullptr;
  double bundle_created = 0;

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

void Metrics::unknown_ids(std::string_view kind, size_t count) {
  if (count == 0) return;
  Counter& counter = kind == "user" ? state_->unknown_users : state_->unknown_items;
  counter.Increment(static_cast<double>(count));
}

void Metrics::failed_reload() { state_->failed_reloads.Increment(); }

void Metrics::internal_error() { state_->internal_errors.Increment(); }

void Metrics::bundle(const ServedBundle& served) {
  std::unique_lock lock(state_->mutex);
  if (state_->current) state_->info.Remove(state_->current);
  state_->current = &state_->info.Add({{"model", served.bundle.kind},
                                       {"version", served.version},
                                       {"created", served.bundle.created},
                                       {"dataset", served.bundle.dataset_hash}});
  state_->current->Set(1);
  state_->bundle_created = epoch_seconds(served.bundle.created);
}

std::string Metrics::text() const {
  {
    std::shared_lock lock(state_->mutex);
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    state_->bundle_age.Set(std::chrono::duration<double>(now).count() - state_->bundle_created);
  }
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, state_->registry.Collect());
  return out.str();
}

}  // namespace kaskad
