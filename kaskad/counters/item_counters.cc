#include "kaskad/counters/item_counters.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>
#include <utility>

#include "kaskad/core/day.h"
#include "kaskad/core/error.h"

namespace kaskad {
namespace {

// exp(-age / tau), in the one place that training and serving share.
double decay(int64_t age, double days) {
  return std::exp(-static_cast<double>(age) / (days * kMillisecondsADay));
}

template <typename T>
std::vector<T> read_values(const std::string& path) {
  const NpyFile<T> file(path);
  return {file.values().begin(), file.values().end()};
}

}  // namespace

std::shared_ptr<const ItemCounters> ItemCounters::build(const Dataset& dataset,
                                                        std::span<const uint32_t> ends,
                                                        std::vector<double> decay_days) {
  KASKAD_ASSERT(ends.size() == dataset.num_users());
  std::shared_ptr<ItemCounters> counters(new ItemCounters);
  counters->time_kind_ = dataset.time_kind();
  if (dataset.time_kind() == TimeKind::kClock) counters->decay_days_ = std::move(decay_days);
  counters->count(dataset, ends);
  counters->add_decays();
  return counters;
}

void ItemCounters::count(const Dataset& dataset, std::span<const uint32_t> ends) {
  const auto learned = [&](size_t user) {
    return dataset.history(UserId{static_cast<uint32_t>(user)}).first(ends[user]);
  };
  offsets_.assign(dataset.num_items() + 1, 0);
  for (size_t user = 0; user < ends.size(); ++user) {
    for (const ItemId item : learned(user).items) ++offsets_[index(item) + 1];
  }
  std::partial_sum(offsets_.begin(), offsets_.end(), offsets_.begin());
  times_.resize(offsets_.back());
  std::vector<uint64_t> next(offsets_.begin(), offsets_.end() - 1);
  for (size_t user = 0; user < ends.size(); ++user) {
    const History history = learned(user);
    for (size_t e = 0; e < history.size(); ++e) {
      times_[next[index(history.items[e])]++] = history.times[e];
    }
  }
  for (size_t item = 0; item + 1 < offsets_.size(); ++item) {
    std::sort(times_.begin() + static_cast<ptrdiff_t>(offsets_[item]),
              times_.begin() + static_cast<ptrdiff_t>(offsets_[item + 1]));
  }
  if (time_kind_ == TimeKind::kOrder) return;
  all_times_ = times_;
  std::sort(all_times_.begin(), all_times_.end());
}

// D_k = 1 + D_{k-1} exp(-(t_k - t_{k-1}) / tau)
void ItemCounters::add_decays() {
  decayed_.assign(decay_days_.size(), std::vector<float>(times_.size()));
  for (size_t tau = 0; tau < decay_days_.size(); ++tau) {
    for (size_t item = 0; item + 1 < offsets_.size(); ++item) {
      double sum = 0;
      for (uint64_t e = offsets_[item]; e < offsets_[item + 1]; ++e) {
        if (e > offsets_[item]) sum *= decay(times_[e] - times_[e - 1], decay_days_[tau]);
        sum += 1;
        decayed_[tau][e] = static_cast<float>(sum);
      }
    }
  }
}

std::span<const int64_t> ItemCounters::times_of(ItemId item) const {
  if (index(item) >= num_items()) return {};
  return std::span(times_).subspan(offsets_[index(item)],
                                   offsets_[index(item) + 1] - offsets_[index(item)]);
}

std::optional<int64_t> ItemCounters::counted_until() const {
  return all_times_.empty() ? std::nullopt : std::optional(all_times_.back());
}

ItemMoment ItemCounters::at(ItemId item, int64_t now, const LiveItemEvents* live) const {
  const auto times = times_of(item);
  const bool order = time_kind_ == TimeKind::kOrder;
  const auto end = order ? times.end() : std::lower_bound(times.begin(), times.end(), now);
  ItemMoment moment;
  moment.stored = moment.count = static_cast<uint32_t>(end - times.begin());
  if (moment.count > 0) moment.last = times[moment.count - 1];
  if (!live || order) return moment;
  moment.live = live->before(item, now);
  if (moment.live.empty()) return moment;
  moment.count += static_cast<uint32_t>(moment.live.size());
  moment.last = moment.live.back();
  return moment;
}

uint32_t ItemCounters::count_since(ItemId item, const ItemMoment& moment, int64_t from) const {
  const auto times = times_of(item).first(moment.stored);
  if (time_kind_ == TimeKind::kOrder) return moment.count;
  const auto count = [&](const auto& ascending) {
    return ascending.end() - std::lower_bound(ascending.begin(), ascending.end(), from);
  };
  return static_cast<uint32_t>(count(times) + count(moment.live));
}

double ItemCounters::decayed(ItemId item, const ItemMoment& moment, size_t tau, int64_t now) const {
  double sum = 0;
  if (moment.stored > 0) {
    const uint64_t newest = offsets_[index(item)] + moment.stored - 1;
    sum = decayed_[tau][newest] * decay(now - times_[newest], decay_days_[tau]);
  }
  for (const int64_t time : moment.live) sum += decay(now - time, decay_days_[tau]);
  return sum;
}

uint64_t ItemCounters::total(int64_t now, const LiveItemEvents* live) const {
  if (time_kind_ == TimeKind::kOrder) return times_.size();
  const auto stored = std::lower_bound(all_times_.begin(), all_times_.end(), now);
  return static_cast<uint64_t>(stored - all_times_.begin()) + (live ? live->count_before(now) : 0);
}

void ItemCounters::save(const std::string& directory) const {
  write_npy(directory + "/counter_offsets.npy", offsets_);
  write_npy(directory + "/counter_times.npy", times_);
  const nlohmann::json config = {{"clock", time_kind_ == TimeKind::kClock},
                                 {"decay_days", decay_days_}};
  write_file(directory + "/counters.json", config.dump() + "\n");
}

std::shared_ptr<const ItemCounters> ItemCounters::load(const std::string& directory) {
  std::shared_ptr<ItemCounters> counters(new ItemCounters);
  try {
    const auto config = nlohmann::json::parse(read_file(directory + "/counters.json"));
    counters->time_kind_ = config.at("clock").get<bool>() ? TimeKind::kClock : TimeKind::kOrder;
    config.at("decay_days").get_to(counters->decay_days_);
  } catch (const nlohmann::json::exception& fault) {
    throw data_error(directory + "/counters.json", 0, "", fault.what(), "clock and decay_days");
  }
  counters->offsets_ = read_values<uint64_t>(directory + "/counter_offsets.npy");
  counters->times_ = read_values<int64_t>(directory + "/counter_times.npy");
  counters->check(directory);
  if (counters->time_kind_ == TimeKind::kClock) {
    counters->all_times_ = counters->times_;
    std::sort(counters->all_times_.begin(), counters->all_times_.end());
  }
  counters->add_decays();
  return counters;
}

void ItemCounters::check(const std::string& directory) const {
  const bool fits = !offsets_.empty() && offsets_.front() == 0 &&
                    offsets_.back() == times_.size() &&
                    std::is_sorted(offsets_.begin(), offsets_.end());
  if (!fits) {
    throw Error("'" + directory + "/counter_offsets.npy' is damaged: it does not fit the " +
                std::to_string(times_.size()) + " events of counter_times.npy");
  }
  for (size_t item = 0; item < num_items(); ++item) {
    const auto times = times_of(ItemId{static_cast<uint32_t>(item)});
    if (std::is_sorted(times.begin(), times.end())) continue;
    throw Error("'" + directory + "/counter_times.npy' is damaged: the events of item " +
                std::to_string(item) + " are not in time order");
  }
}

}  // namespace kaskad
