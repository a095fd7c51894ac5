#include "kaskad/dataset/filter_dataset.h"

#include <algorithm>

#include "kaskad/dataset/group_events.h"

namespace kaskad {
namespace {

constexpr size_t kBlockEvents = 1 << 16;

// Who is still in, and with how many events whose other side is in too.
class Census {
 public:
  explicit Census(const Dataset& data)
      : data_(data),
        user_in_(data.num_users(), 1),
        item_in_(data.num_items(), 1),
        user_count_(data.num_users()),
        item_count_(data.num_items()) {
    count();
  }

  // Drops all with fewer events than allowed, then counts anew. False when nobody went.
  bool drop(uint32_t min_user, uint32_t min_item) {
    const bool users_went = drop_below(std::max(min_user, 1u), user_count_, user_in_);
    const bool items_went = drop_below(std::max(min_item, 1u), item_count_, item_in_);
    if (users_went || items_went) count();
    return users_went || items_went;
  }

  Survivors survivors() const {
    Survivors result;
    result.users = number(user_in_, result.user);
    result.items = number(item_in_, result.item);
    for (const uint32_t events : user_count_) result.events += events;
    return result;
  }

 private:
  static bool drop_below(uint32_t least, const std::vector<uint32_t>& counts,
                         std::vector<uint8_t>& in) {
    bool went = false;
    for (size_t id = 0; id < counts.size(); ++id) {
      if (!in[id] || counts[id] >= least) continue;
      in[id] = 0;
      went = true;
    }
    return went;
  }

  static uint32_t number(const std::vector<uint8_t>& in, std::vector<uint32_t>& ids) {
    uint32_t next = 0;
    for (const uint8_t stays : in) ids.push_back(stays ? next++ : kDropped);
    return next;
  }

  void count() {
    std::fill(item_count_.begin(), item_count_.end(), 0);
    for (size_t user = 0; user < user_in_.size(); ++user) {
      user_count_[user] = 0;
      if (!user_in_[user]) continue;
      for (const ItemId item : data_.history(UserId(user)).items) {
        user_count_[user] += item_in_[index(item)];
        item_count_[index(item)] += item_in_[index(item)];
      }
    }
  }

  const Dataset& data_;
  std::vector<uint8_t> user_in_, item_in_;
  std::vector<uint32_t> user_count_, item_count_;
};

}  // namespace

Survivors find_survivors(const Dataset& data, const DensityFilters& filters,
                         const Progress& progress) {
  Census census(data);
  census.drop(0, filters.min_item_count);
  census.drop(filters.min_history, 0);
  uint32_t rounds = 1;
  while (census.drop(filters.user_core, filters.item_core)) {
    report(progress, {"filtering, round", rounds++, 0, ""});
  }
  Survivors survivors = census.survivors();
  survivors.rounds = rounds;
  return survivors;
}

void write_survivors(const Dataset& data, const Survivors& survivors, DatasetWriter& writer) {
  HistoryBlock block;
  for (size_t user = 0; user < data.num_users(); ++user) {
    if (survivors.user[user] == kDropped) continue;
    const History history = data.history(UserId(user));
    const size_t before = block.items.size();
    for (size_t i = 0; i < history.size(); ++i) {
      const uint32_t item = survivors.item[index(history.items[i])];
      if (item == kDropped) continue;
      block.add({history.times[i], survivors.user[user], ItemId{item}, history.weights[i],
                 history.actions.empty() ? uint8_t{0} : history.actions[i]});
    }
    block.lengths.push_back(static_cast<uint32_t>(block.items.size() - before));
    if (block.items.size() < kBlockEvents) continue;
    writer.append(block.lengths, block.events());
    block.clear();
  }
  writer.append(block.lengths, block.events());
}

}  // namespace kaskad
