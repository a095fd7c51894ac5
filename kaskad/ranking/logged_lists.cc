#include "kaskad/ranking/logged_lists.h"

#include <algorithm>
#include <limits>

#include "kaskad/core/error.h"
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

// One list with the dataset's ids.
class ListBuilder {
 public:
  ListBuilder(const Dataset& dataset, const std::vector<std::string>& heads)
      : dataset_(dataset),
        heads_(heads),
        missed_(heads.size(), 0),
        first_event_(first_events(dataset)) {}

  ImpressionList build(const LoggedList& logged, LoggedCounts& counts) {
    clear();
    const auto user = dataset_.users().find(logged.user);
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
  // That the dataset has an item tells of its events, the click on this very list among them: an
  // item without one before the list is as unknown as one that nobody ever takes.
  ItemId known_item(const std::string& name, int64_t time) const {
    const auto item = dataset_.items().find(name);
    return item && first_event_[*item] < time ? ItemId{*item} : kNoItem;
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
  const std::vector<uint32_t> missed_;
  const std::vector<int64_t> first_event_;  // (items)
  std::vector<ItemId> items_;
  std::vector<float> scores_, labels_, context_;
  std::vector<uint32_t> ranks_;
};

}  // namespace

std::string part_of(const Split& split, int64_t time) {
  if (!split.test.cut || !split.validations.front().cut) {
    throw Error("split '" + split.options.to_string() +
                "' cuts histories at positions; lists that were shown need a split at one time, as "
                "global-time:0.2");
  }
  if (time >= *split.test.cut) return split.test.name;
  return time >= *split.validations.front().cut ? split.validations.front().name : "train";
}

LoggedCounts add_logged_lists(const ImpressionLog& log, const Dataset& dataset, const Split& split,
                              const std::string& part, const std::vector<std::string>& heads,
                              ImpressionWriter& writer) {
  if (log.time_kind != dataset.time_kind()) {
    throw Error("the impressions " +
                std::string(log.time_kind == TimeKind::kClock ? "have" : "lack") +
                " a clock and '" + dataset.directory() + "' " +
                (dataset.time_kind() == TimeKind::kClock ? "has one" : "has none"));
  }
  LoggedCounts counts;
  ListBuilder builder(dataset, heads);
  for (const LoggedList& list : log.lists) {
    if (part_of(split, list.time) == part) writer.append(builder.build(list, counts));
  }
  return counts;
}

}  // namespace kaskad
