#include "kaskad/ranking/label_window.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "kaskad/core/error.h"
#include "kaskad/core/option_name.h"

namespace kaskad {
namespace {

UserId user_id(size_t user) { return UserId{static_cast<uint32_t>(user)}; }

// The times of all learned events, ascending.
std::vector<int64_t> learned_times(const Dataset& dataset, const Phase& learned) {
  std::vector<int64_t> times;
  for (size_t user = 0; user < learned.fit_end.size(); ++user) {
    const auto history = dataset.history(user_id(user)).first(learned.fit_end[user]).times;
    times.insert(times.end(), history.begin(), history.end());
  }
  std::sort(times.begin(), times.end());
  return times;
}

// The time before which all but `share` of the events lie.
int64_t time_of_cut(const std::vector<int64_t>& times, double share) {
  if (times.empty()) return 0;
  const double kept = (1 - share) * static_cast<double>(times.size());
  return times[std::min(times.size() - 1, static_cast<size_t>(std::llround(kept)))];
}

// The cut, and further times with equally many events between.
std::vector<int64_t> request_times(const std::vector<int64_t>& times, int64_t cut, uint32_t count) {
  const auto first =
      static_cast<size_t>(std::lower_bound(times.begin(), times.end(), cut) - times.begin());
  std::vector<int64_t> begins;
  for (uint32_t r = 0; r < count && first < times.size(); ++r) {
    const int64_t begin = times[first + (times.size() - first) * r / count];
    if (begins.empty() || begin > begins.back()) begins.push_back(begin);
  }
  return begins;
}

uint32_t position_of(std::span<const int64_t> times, int64_t time) {
  return static_cast<uint32_t>(std::lower_bound(times.begin(), times.end(), time) - times.begin());
}

void set_horizon(const Dataset& dataset, Phase& train) {
  for (size_t user = 0; user < train.fit_end.size(); ++user) {
    if (train.fit_end[user] == 0) continue;
    const auto times = dataset.history(user_id(user)).times;
    train.horizon = std::max(train.horizon, times[train.fit_end[user] - 1]);
  }
}

void cut_at_time(const Dataset& dataset, const Phase& learned, int64_t cut, Phase& train) {
  train.horizon = cut;
  train.cut = cut;
  for (size_t user = 0; user < train.fit_end.size(); ++user) {
    const auto times = dataset.history(user_id(user)).times.first(learned.fit_end[user]);
    train.fit_end[user] = position_of(times, train.horizon);
  }
}

void cut_at_positions(const Dataset& dataset, const Phase& learned, double share, Phase& train) {
  for (size_t user = 0; user < train.fit_end.size(); ++user) {
    const uint32_t end = learned.fit_end[user];
    const auto behind = static_cast<uint32_t>(std::ceil(share * end));
    train.fit_end[user] = end - std::min(end, behind);
  }
  set_horizon(dataset, train);
}

// Up to `count` distinct positions of [begin, end), ascending; the same for the same seed and user.
std::vector<uint32_t> draw_positions(uint32_t begin, uint32_t end, uint32_t count, uint64_t seed,
                                     size_t user) {
  std::vector<uint32_t> positions;
  for (uint32_t p = begin; p < end; ++p) positions.push_back(p);
  std::seed_seq mixed{static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32),
                      static_cast<uint32_t>(user)};
  std::mt19937 random(mixed);
  const size_t drawn = std::min<size_t>(count, positions.size());
  for (size_t i = 0; i < drawn; ++i) {
    std::swap(positions[i], positions[i + random() % (positions.size() - i)]);
  }
  positions.resize(drawn);
  std::sort(positions.begin(), positions.end());
  return positions;
}

// Where the requests of one user lie: its first event from each of the times on.
std::vector<uint32_t> positions_at(std::span<const int64_t> times,
                                   const std::vector<int64_t>& begins) {
  std::vector<uint32_t> positions;
  for (const int64_t begin : begins) {
    const uint32_t at = position_of(times, begin);
    if (positions.empty() || at != positions.back()) positions.push_back(at);
  }
  return positions;
}

// Back to where the history ends strictly before the request; each place once.
void before_their_times(std::span<const int64_t> times, std::vector<uint32_t>& positions) {
  for (uint32_t& at : positions) at = position_of(times, times[at]);
  positions.erase(std::unique(positions.begin(), positions.end()), positions.end());
}

// Adds what lies behind the cut, has a history and something to answer.
void add_cases(const std::vector<uint32_t>& positions, size_t user, uint32_t begin, uint32_t end,
               uint32_t horizon, Phase& train) {
  for (const uint32_t at : positions) {
    if (at < begin || at >= end) continue;
    const uint64_t last = horizon == 0 ? end : std::min<uint64_t>(end, uint64_t{at} + horizon);
    train.cases.push_back({user_id(user), at, static_cast<uint32_t>(last)});
  }
}

}  // namespace

Phase label_window(const Dataset& dataset, const Split& split, const LabelWindowOptions& options,
                   const std::optional<std::vector<uint32_t>>& given_cut) {
  if (!(options.share > 0 && options.share < 1)) {
    throw Error("the share of events to label must lie between 0 and 1, found " +
                std::to_string(options.share));
  }
  const bool one_time = split.options.kind == SplitKind::kGlobalTime;
  if (options.at == RequestsAt::kTimes && !one_time) {
    throw Error("requests at times need a split at one time; '" + split.options.to_string() +
                "' cuts histories at positions");
  }
  const Phase& learned = split.validations.front();
  Phase train{.name = "train",
              .fit_end = std::vector<uint32_t>(dataset.num_users()),
              .horizon = 0,
              .cases = {}};
  std::vector<int64_t> begins;
  if (one_time) {
    const auto times = learned_times(dataset, learned);
    const int64_t cut = time_of_cut(times, options.share);
    begins = request_times(times, cut, options.lists_per_user);
    if (!given_cut) cut_at_time(dataset, learned, cut, train);
  } else if (!given_cut) {
    cut_at_positions(dataset, learned, options.share, train);
  }
  if (given_cut) {
    train.fit_end = *given_cut;
    set_horizon(dataset, train);
  }
  uint32_t horizon = options.horizon;
  if (horizon == 0 && split.options.kind == SplitKind::kLeaveLastN) horizon = split.options.last_n;
  for (size_t user = 0; user < dataset.num_users(); ++user) {
    const auto times = dataset.history(user_id(user)).times;
    const uint32_t begin = std::max(train.fit_end[user], split.options.min_history);
    const uint32_t end = learned.fit_end[user];
    std::vector<uint32_t> positions;
    if (options.at == RequestsAt::kTimes) {
      positions = positions_at(times, begins);
    } else {
      positions = draw_positions(begin, end, options.lists_per_user, options.seed, user);
      if (one_time) before_their_times(times, positions);
    }
    add_cases(positions, user, begin, end, horizon, train);
  }
  if (train.cases.empty()) {
    throw Error(
        "no event is left to label for '" + split.options.to_string() +
        (given_cut ? "': the given retriever has learned all that the validation may, fit "
                     "it on an earlier part of the log"
                   : "': histories are too short, give a larger " + option_name("--label-share")));
  }
  return train;
}

std::vector<uint32_t> known_end(const Dataset& dataset, const Split& split, const Phase& phase,
                                CounterView view) {
  const bool clock = dataset.time_kind() == TimeKind::kClock;
  if (view == CounterView::kLearned) {
    // With a clock, "strictly before the request" keeps the labels out; without one the cut must.
    return clock && phase.name == "train" ? split.validations.front().fit_end : phase.fit_end;
  }
  if (!clock) {
    throw Error("live counters need a log with a clock; '" + dataset.directory() +
                "' knows only the order of events within a user");
  }
  std::vector<uint32_t> lengths(dataset.num_users());
  for (size_t user = 0; user < lengths.size(); ++user) {
    lengths[user] = static_cast<uint32_t>(dataset.history(user_id(user)).size());
  }
  return lengths;
}

CounterView default_view(const Split& split) {
  return split.options.kind == SplitKind::kGlobalTime ? CounterView::kLive : CounterView::kLearned;
}

}  // namespace kaskad
