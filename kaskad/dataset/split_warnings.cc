#include "kaskad/dataset/split_warnings.h"

#include <algorithm>
#include <cstdio>

namespace kaskad {
namespace {

// Half a 95% interval of a rate near .1 is .026 here: differences between good models drown.
constexpr size_t kFewCases = 500;

std::string percent(size_t part, size_t whole) {
  char text[16];
  const double share =
      whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  std::snprintf(text, sizeof(text), "%.*f%%", share > 0 && share < 1 ? 2 : 0, share);
  return text;
}

int64_t median_target_time(const Dataset& dataset, const Phase& phase) {
  std::vector<int64_t> times;
  times.reserve(phase.cases.size());
  for (const EvalCase& one : phase.cases) {
    times.push_back(dataset.history(one.user).times[one.history_end]);
  }
  const auto middle = times.begin() + static_cast<ptrdiff_t>(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  return *middle;
}

// Learned events that happened after the median target: what a server could not have known.
void warn_of_future(const Dataset& dataset, const Split& split, std::vector<std::string>& out) {
  const int64_t median = median_target_time(dataset, split.test);
  size_t learned = 0, later = 0;
  for (size_t user = 0; user < dataset.num_users(); ++user) {
    const auto times =
        dataset.history(UserId{static_cast<uint32_t>(user)}).first(split.test.fit_end[user]).times;
    learned += times.size();
    later +=
        static_cast<size_t>(times.end() - std::upper_bound(times.begin(), times.end(), median));
  }
  if (later == 0) return;
  out.push_back(split.options.to_string() +
                " learns from the future of other users: " + percent(later, learned) +
                " of the learned events happened after the median target, so popularity and "
                "trends of later days leak in; a global-time split measures what a server would "
                "have known");
}

void warn_of_ties(const Dataset& dataset, const Split& split, std::vector<std::string>& out) {
  size_t tied = 0;
  for (const EvalCase& one : split.test.cases) {
    const auto times = dataset.history(one.user).times;
    tied += one.history_end > 0 && times[one.history_end] == times[one.history_end - 1];
  }
  if (tied == 0) return;
  out.push_back(percent(tied, split.test.cases.size()) +
                " of the test cases begin at the very time of the event before: there the order "
                "of the file decides what is history and what is target, and another order of "
                "the same log gives other figures");
}

void warn_of_cold_users(const Split& split, std::vector<std::string>& out) {
  const Phase& test = split.test;
  if (test.cold_users == 0) return;
  const uint32_t least = split.options.min_history;
  out.push_back(
      std::to_string(test.cold_users) + " of the " +
      std::to_string(test.cases.size() + test.cold_users) + " users who act in the test, with " +
      std::to_string(test.cold_events) + " events, are not asked: " +
      (least == 1 ? "they have no history before it"
                  : "they have fewer than " + std::to_string(least) + " events before it") +
      " (min-history=0 asks everybody)");
}

}  // namespace

std::vector<std::string> split_warnings(const Dataset& dataset, const Split& split) {
  std::vector<std::string> out;
  const size_t cases = split.test.cases.size();
  if (cases < kFewCases) {
    out.push_back("only " + std::to_string(cases) +
                  " test cases: intervals will be wide, small differences cannot be seen");
  }
  warn_of_cold_users(split, out);
  if (dataset.time_kind() != TimeKind::kClock) return out;
  if (split.options.kind != SplitKind::kGlobalTime) {
    warn_of_future(dataset, split, out);
    warn_of_ties(dataset, split, out);
  }
  return out;
}

}  // namespace kaskad
