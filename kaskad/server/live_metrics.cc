#include "kaskad/server/live_metrics.h"

#include "kaskad/core/error.h"
#include "kaskad/core/utc.h"
#include "kaskad/server/arm_comparison.h"

namespace kaskad {
namespace {

constexpr double kMilliseconds = 1000;  // of a second

// Pages by version, and once more by each arm: the sums of either are all pages, of both are not.
void read_pages(const PageQuality& quality, MetricFamilies& families) {
  const auto both = [](const std::string& name, const std::string& help) {
    return std::pair{read_counter("kaskad_" + name, help),
                     read_counter("kaskad_experiment_" + name, help + " By the arm of the user.")};
  };
  auto pages = both("pages_total", "Answers that were given to be shown.");
  auto shown = both("shown_items_total", "Items of these.");
  auto clicked = both("clicked_items_total", "Shown items that were clicked.");
  auto useful = both("useful_pages_total", "Answers that led to a useful action.");
  for (const PageQuality::Row& row : quality.rows()) {
    const bool of_version = !row.version.empty() || row.arm.empty();
    const MetricLabels labels =
        of_version
            ? MetricLabels{{"version", row.version}}
            : MetricLabels{{"experiment", row.experiment}, {"layer", row.layer}, {"arm", row.arm}};
    const auto add = [&](auto& families_of, uint64_t value) {
      (of_version ? families_of.first : families_of.second).add(static_cast<double>(value), labels);
    };
    add(pages, row.pages);
    add(shown, row.shown_items);
    add(clicked, row.clicked_items);
    add(useful, row.useful_pages);
  }
  for (auto* one : {&pages, &shown, &clicked, &useful}) {
    one->first.move_to(families);
    one->second.move_to(families);
  }
}

// Figures are wanted most where something is broken: a store that cannot be read has no newest
// event.
std::optional<int64_t> newest_of(const EventStore& store) {
  try {
    return store.newest();
  } catch (const Error&) {
    return std::nullopt;
  }
}

MetricLabels labels_of(const RankerBundle& bundle) {
  return {{"model", bundle.kind}, {"version", bundle.hash.substr(0, 12)}};
}

}  // namespace

void read_live_state(const LiveState& live, MetricFamilies& families) {
  const auto newest = newest_of(live.store());
  read_gauge("kaskad_newest_event_seconds", "Time of the newest event, in seconds since 1970.")
      .add(newest ? static_cast<double>(*newest) / kMilliseconds : 0)
      .move_to(families);
  auto age = read_gauge("kaskad_newest_event_age_seconds", "Since the newest event happened.");
  if (newest) age.add(seconds_since_1970() - static_cast<double>(*newest) / kMilliseconds);
  age.move_to(families);
  read_gauge("kaskad_journal_failures", "Lines that the journal could not write.")
      .add(static_cast<double>(live.failed_records()))
      .move_to(families);
  auto joined =
      read_counter("kaskad_joined_actions_total",
                   "Actions that came in, by whether the answer they name is remembered.");
  const auto counts = live.quality().joined();
  for (size_t i = 0; i < counts.size(); ++i) {
    joined.add(static_cast<double>(counts[i]), {{"page", PageQuality::kJoined[i]}});
  }
  joined.move_to(families);
  read_pages(live.quality(), families);
}

void read_peers(const PeerFeed& feed, MetricFamilies& families) {
  const auto add = [&](const char* name, const char* help, uint64_t value) {
    read_counter(name, help).add(static_cast<double>(value)).move_to(families);
  };
  add("kaskad_peer_news_total",
      "Events that other servers of the store took in, and lots of pages that they showed, heard "
      "here.",
      feed.heard());
  add("kaskad_peer_read_failures_total", "Times that what other servers tell could not be read.",
      feed.failures());
  add("kaskad_peer_pages_dropped_total",
      "Pages of this server that others were not told, as the store was away too long.",
      feed.channel().dropped());
}

void read_arms(const LiveState& live, const Served& served, MetricFamilies& families) {
  auto changes = read_gauge(
      "kaskad_experiment_sifr_change",
      "SIFR of an arm over that of its layer's control, less 1, and a 95% interval that holds "
      "however often it is looked at.");
  std::vector<ArmComparison> arms;
  if (served.arms) arms = compare_arms(live.quality(), served.arms->config(), "sifr");
  for (const ArmComparison& one : arms) {
    const ExperimentLayer& layer = served.arms->config().layers[one.layer];
    const auto add = [&](const char* bound, double value) {
      changes.add(value, {{"experiment", served.arms->config().name},
                          {"layer", layer.name},
                          {"arm", layer.arms[one.arm].name},
                          {"control", layer.arms[layer.control].name},
                          {"bound", bound}});
    };
    add("value", one.change.value);
    add("low", one.change.low);
    add("high", one.change.high);
  }
  changes.move_to(families);
}

void read_taken_down(const ArmGuard& guard, const Served& served, MetricFamilies& families) {
  auto taken = read_gauge("kaskad_experiment_arm_taken_down_seconds",
                          "When the server took the arm down by itself, in seconds since 1970.");
  for (const TakenArm& one : guard.taken()) {
    if (!served.arms || served.arms->config().name != one.experiment) continue;
    taken.add(one.seconds, {{"experiment", one.experiment},
                            {"layer", one.layer},
                            {"arm", one.arm},
                            {"control", one.control},
                            {"reason", one.reason}});
  }
  taken.move_to(families);
}

void read_live_pairs(const Served& served, MetricFamilies& families) {
  auto pairs =
      read_gauge("kaskad_live_pairs",
                 "Pairs of a ranker's counters with pages or actions since they were made.");
  auto dropped = read_counter("kaskad_live_pairs_dropped_total",
                              "Counts of further pairs, which memory had no place for.");
  for (const auto& bundle : served.counting_pairs()) {
    const auto pages = bundle->ranker->live_pages();
    pairs.add(static_cast<double>(pages->pairs()), labels_of(*bundle));
    dropped.add(static_cast<double>(pages->dropped()), labels_of(*bundle));
  }
  pairs.move_to(families);
  dropped.move_to(families);
}

void read_counter_ages(const Served& served, MetricFamilies& families) {
  auto ages = read_gauge("kaskad_counters_age_seconds",
                         "Since the newest event in a ranker's counters of items happened.");
  for (const auto& bundle : served.counting()) {
    if (bundle->time_kind != TimeKind::kClock) continue;
    const double newest = static_cast<double>(bundle->live->newest()) / kMilliseconds;
    ages.add(seconds_since_1970() - newest, labels_of(*bundle));
  }
  ages.move_to(families);
}

}  // namespace kaskad
