#include "kaskad/dataset/collect_events.h"

#include <algorithm>
#include <chrono>
#include <limits>

#include "kaskad/core/error.h"

namespace kaskad {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kMaxActions = 255;  // codes are bytes
constexpr auto kReportEvery = std::chrono::milliseconds(50);

class Collector {
 public:
  Collector(const IngestOptions& options, const Progress& progress, CollectedEvents& events)
      : options_(options), progress_(progress), events_(events) {}

  void read(const std::string& path, EventReader& reader) {
    SourceFile source{path, "", reader.bytes_total(), 0, {}};
    EventBatch batch;
    while (reader.next(batch)) {
      if (source.rows == 0) check_columns(path, reader, batch);
      source.rows += batch.size();
      add(batch);
      report_progress(path, reader);
    }
    check_time(path, reader);
    source.description = reader.description();
    source.skipped = reader.skipped();
    events_.rows += source.rows;
    events_.sources.push_back(std::move(source));
    if (events_.time_kind == TimeKind::kOrder) time_offset_ = latest_ + 1;
  }

  void check_actions() const {
    for (const auto& [action, weight] : options_.action_weights) {
      if (events_.actions.find(action)) continue;
      std::string found;
      for (const std::string_view name : events_.actions.names()) {
        found += (found.empty() ? "'" : ", '") + std::string(name) + "'";
      }
      throw Error("action weights: the log has no action '" + action + "'; found " + found);
    }
  }

 private:
  bool first_file() const { return events_.sources.empty(); }

  void check_columns(const std::string& path, const EventReader& reader, const EventBatch& batch) {
    const bool has_actions = !batch.action.empty();
    if (first_file()) events_.has_actions = has_actions;
    if (has_actions != events_.has_actions) {
      throw Error("'" + path + "' has " + (has_actions ? "an" : "no") + " action column, unlike '" +
                  events_.sources[0].path + "'; name it in all files or leave it out of all");
    }
    if (!options_.action_weights.empty() && !has_actions) {
      throw Error("action weights are given, but '" + path + "' has no action column");
    }
    if (options_.min_weight && !reader.has_weight()) {
      throw Error("a minimal weight is given, but '" + path + "' has no weight column");
    }
  }

  void check_time(const std::string& path, const EventReader& reader) {
    if (first_file()) events_.time_kind = reader.time_kind();
    if (reader.time_kind() == events_.time_kind) return;
    const bool clock = reader.time_kind() == TimeKind::kClock;
    throw Error("'" + path + "' has " + (clock ? "clock times" : "only an order of events") +
                ", unlike '" + events_.sources[0].path + "'; they cannot be one log");
  }

  void add(const EventBatch& batch) {
    map_actions(batch);
    const bool drops = options_.min_weight || has_zero_action_;
    if (drops) choose(batch);
    const size_t count = drops ? chosen_.size() : batch.size();
    users_.resize(count);
    items_.resize(count);
    events_.users.map(drops ? chosen_users_ : batch.user, users_);
    events_.items.map(drops ? chosen_items_ : batch.item, items_);
    for (size_t i = 0; i < count; ++i) add_row(batch, drops ? chosen_[i] : i, i);
    events_.kept += count;
    keep_budget();
  }

  void map_actions(const EventBatch& batch) {
    action_.resize(batch.action.size());
    events_.actions.map(batch.action, action_);
    if (events_.actions.size() > kMaxActions) {
      throw Error(
          "the log has more than 255 distinct actions; is the action column the right one?");
    }
    while (factor_.size() < events_.actions.size()) {
      const auto known =
          options_.action_weights.find(std::string(events_.actions.names()[factor_.size()]));
      factor_.push_back(known == options_.action_weights.end() ? 1.0f : known->second);
      has_zero_action_ |= factor_.back() == 0;
    }
  }

  // Rows that stay, before they get ids: an id that only dropped rows have does not exist.
  void choose(const EventBatch& batch) {
    chosen_.clear();
    chosen_users_.clear();
    chosen_items_.clear();
    for (uint32_t row = 0; row < batch.size(); ++row) {
      if (options_.min_weight && batch.weight[row] < *options_.min_weight) {
        ++events_.low_weight;
      } else if (!action_.empty() && factor_[action_[row]] == 0) {
        ++events_.zero_action;
      } else {
        chosen_.push_back(row);
        chosen_users_.push_back(batch.user[row]);
        chosen_items_.push_back(batch.item[row]);
      }
    }
  }

  void add_row(const EventBatch& batch, size_t row, size_t i) {
    EventRow event{batch.time[row] + time_offset_, users_[i], ItemId{items_[i]}, batch.weight[row],
                   0};
    if (!action_.empty()) {
      event.action = static_cast<uint8_t>(action_[row]);
      event.weight *= factor_[event.action];
    }
    latest_ = std::max(latest_, event.time);
    events_.runs.add(event);
  }

  // A quarter of the budget is left for sorting afterwards.
  void keep_budget() {
    const uint64_t held = events_.users.memory() + events_.items.memory() + events_.runs.memory();
    if (held > options_.memory / 4 * 3) events_.runs.spill();
  }

  void report_progress(const std::string& path, const EventReader& reader) {
    const Clock::time_point now = Clock::now();
    if (now - reported_ < kReportEvery) return;
    reported_ = now;
    report(progress_, {"reading " + path, reader.bytes_read(), reader.bytes_total(),
                       std::to_string(events_.kept) + " events"});
  }

  const IngestOptions& options_;
  const Progress& progress_;
  CollectedEvents& events_;
  Clock::time_point reported_{};

  // Where only the order is known, a later file continues after the files before it.
  int64_t time_offset_ = 0;
  int64_t latest_ = std::numeric_limits<int64_t>::min() / 2;

  std::vector<float> factor_;  // by action code
  bool has_zero_action_ = false;
  std::vector<uint32_t> users_, items_, action_, chosen_;  // of one batch
  std::vector<std::string_view> chosen_users_, chosen_items_;
};

}  // namespace

void collect_events(const IngestOptions& options, const Progress& progress, const OpenEvents& open,
                    CollectedEvents& events) {
  Collector collector(options, progress, events);
  for (const std::string& path : options.paths) {
    const std::unique_ptr<EventReader> reader = open(path, options.log);
    collector.read(path, *reader);
  }
  collector.check_actions();
}

}  // namespace kaskad
