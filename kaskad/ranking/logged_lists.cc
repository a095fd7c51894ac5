#include "kaskad/ranking/logged_lists.h"

#include <algorithm>
#include <limits>

#include "kaskad/core/error.h"
#include "kaskad/core/hash.h"
#include "kaskad/ranking/make_lists.h"

namespace kaskad {
namespace {

bool has_action(const LoggedItem& item, const std::string& head) {
  if (head == kNextHead) return !item.actions.empty();
  return std::find(item.actions.begin(), item.actions.end(), head) != item.actions.end();
}

// (items) time of the first event, past all times where there is none.
std::vector<int64_t> first_events(const Dataset& dataset) {
  std::vector<int64_t> first(dataset.num_items(), std::numeric_limits<int64_t>::max());
  const auto items = dataset.item();
  const auto times = dataset.time();
  for (size_t event = 0; event < items.size(); ++event) {
    int64_t& earliest = first[index(items[event])];
    earliest = std::min(earliest, times[event]);
  }
  return first;
}

// Evenly in [0, 1), the same for the same text on every machine.
double uniform_hash(const std::string& text) {
  const std::string digits = hash_bytes(text.data(), text.size()).substr(0, 13);
  return static_cast<double>(std::stoull(digits, nullptr, 16)) / 0x1p52;
}

constexpr size_t kMostActions = 500;

}  // namespace

ListParts ListParts::by_time(const Split& split) {
  if (!split.test.cut || !split.validations.front().cut) {
    throw Error("split '" + split.options.to_string() +
                "' cuts histories at positions; lists that were shown need a split at one time, as "
                "global-time:0.2, or one of requests, as hash:0.1");
  }
  ListParts parts;
  parts.validation_ = split.validations.front().cut;
  parts.test_ = split.test.cut;
  return parts;
}

ListParts ListParts::by_hash(double share) {
  KASKAD_ASSERT(share > 0 && share < 0.5);
  ListParts parts;
  parts.share_ = share;
  return parts;
}

size_t ListParts::part_of(const LoggedList& list) const {
  if (test_) return list.time >= *test_ ? 2 : list.time >= *validation_ ? 1 : 0;
  const double place = uniform_hash(list.request);
  return place < share_ ? 2 : place < 2 * share_ ? 1 : 0;
}

// One list with the dataset's ids.
class LoggedLists::Builder {
 public:
  Builder(const Dataset& dataset, const std::vector<std::string>& heads, bool has_time,
          KnownItems known)
      : dataset_(dataset), heads_(heads), has_time_(has_time), missed_(heads.size(), 0) {
    if (has_time && known == KnownItems::kTakenBefore) first_event_ = first_events(dataset);
  }

  ImpressionList build(const LoggedList& logged, LoggedCounts& counts) {
    clear();
    const auto user = has_time_ ? dataset_.users().find(logged.user) : std::nullopt;
    counts.unknown_users += !user.has_value();
    for (size_t i = 0; i < logged.items.size(); ++i) {
      const LoggedItem& one = logged.items[i];
      const ItemId item = known_item(one.item, logged.time);
      counts.unknown_items += item == kNoItem;
      const uint32_t place = one.position > 0 ? one.position : static_cast<uint32_t>(i + 1);
      items_.push_back(item);
      ranks_.push_back(place);
      scores_.push_back(1 / static_cast<float>(place));
      bool positive = false;
      for (const std::string& head : heads_) {
        labels_.push_back(has_action(one, head) ? 1.0f : 0.0f);
        positive |= labels_.back() > 0;
      }
      counts.positives += positive;
      context_.insert(context_.end(), one.context.begin(), one.context.end());
    }
    ++counts.lists;
    counts.candidates += items_.size();
    ImpressionList list;
    list.time = logged.time;
    if (user) {
      list.user = UserId{*user};
      const auto times = dataset_.history(list.user).times;
      list.history_end = static_cast<uint32_t>(
          std::lower_bound(times.begin(), times.end(), logged.time) - times.begin());
    }
    fill_spans(list);
    return list;
  }

 private:
  ItemId known_item(const std::string& name, int64_t time) const {
    const auto item = dataset_.items().find(name);
    return item && (first_event_.empty() || first_event_[*item] < time) ? ItemId{*item} : kNoItem;
  }
  void clear() {
    items_.clear();
    scores_.clear();
    ranks_.clear();
    labels_.clear();
    context_.clear();
  }
  void fill_spans(ImpressionList& list) const {
    list.missed = missed_;
    list.items = items_;
    list.scores = scores_;
    list.ranks = ranks_;
    list.positions = ranks_;
    list.labels = labels_;
    list.context = context_;
  }

  const Dataset& dataset_;
  const std::vector<std::string>& heads_;
  const bool has_time_;
  const std::vector<uint32_t> missed_;
  std::vector<int64_t> first_event_;  // (items); empty: all are known
  std::vector<ItemId> items_;
  std::vector<float> scores_, labels_, context_;
  std::vector<uint32_t> ranks_;
};

LoggedLists::LoggedLists(const Dataset& dataset, const ListParts& parts,
                         const std::vector<std::string>& heads, const ImpressionFields& fields,
                         KnownItems known)
    : dataset_(dataset),
      parts_(parts),
      heads_(heads),
      has_time_(fields.time),
      known_(known),
      builder_(std::make_unique<Builder>(dataset, heads_, fields.time, known)) {
  if (heads.empty()) throw Error("no head to label; 'next' is whatever was done with an item");
  for (size_t part = 0; part < kListParts.size(); ++part) {
    writers_.emplace_back(heads.size(), fields.contexts.size());
  }
}

LoggedLists::~LoggedLists() = default;

void LoggedLists::append(const LoggedList& logged) {
  const size_t part = parts_.part_of(logged);
  ImpressionList list = builder_->build(logged, counts_[part]);
  if (!logged.query.empty()) {
    const std::string_view text = logged.query;
    uint32_t query = 0;
    queries_.map({&text, 1}, {&query, 1});
    list.query = QueryId{query};
  }
  writers_[part].append(list);
  for (const LoggedItem& item : logged.items) {
    for (const std::string& action : item.actions) {
      if (actions_.size() < kMostActions) actions_.insert(action);
    }
  }
}

void LoggedLists::check_time(TimeKind log_time) const {
  if (!has_time_ || log_time == dataset_.time_kind()) return;
  throw Error("the impressions " + std::string(log_time == TimeKind::kClock ? "have" : "lack") +
              " a clock and '" + dataset_.directory() + "' " +
              (dataset_.time_kind() == TimeKind::kClock ? "has one" : "has none"));
}

void LoggedLists::check_all(const std::string& log_name) const {
  size_t unknown = 0;
  for (const LoggedCounts& counts : counts_) unknown += counts.unknown_items;
  if (known_ == KnownItems::kCatalogue && unknown > 0) {
    throw data_error(
        log_name, 0, "",
        std::to_string(unknown) + " impressions of items that '" + dataset_.directory() + "' lacks",
        "a dataset of all that was shown, as `kaskad ingest --cold-items` makes of a "
        "table of items; what is missing was never taken, and a model would learn that");
  }
  for (const std::string& head : heads_) {
    if (head == kNextHead || actions_.contains(head) || actions_.size() == kMostActions) continue;
    std::string known = std::string("'") + kNextHead + "'";
    for (const std::string& action : actions_) known += ", '" + action + "'";
    throw data_error(log_name, 0, "", "no action '" + head + "' to label", "one of " + known);
  }
}

}  // namespace kaskad
