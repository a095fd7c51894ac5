#include "kaskad/dataset/split.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <utility>

#include "kaskad/core/day.h"
#include "kaskad/core/error.h"
#include "kaskad/core/hash.h"
#include "kaskad/dataset/describe.h"
#include "kaskad/dataset/split_warnings.h"

namespace kaskad {
namespace {

constexpr int64_t kForever = std::numeric_limits<int64_t>::max();

std::string phase_name(size_t window) {
  return window == 0 ? "validation" : "validation-" + std::to_string(window + 1);
}

Error cannot_cut(const SplitOptions& options, const std::string& why) {
  return Error("split '" + options.to_string() + "': " + why);
}

// The time of the last learned event.
int64_t last_learned(const Dataset& dataset, const std::vector<uint32_t>& fit_end) {
  int64_t last = std::numeric_limits<int64_t>::min();
  for (size_t user = 0; user < fit_end.size(); ++user) {
    if (fit_end[user] == 0) continue;
    const History history = dataset.history(UserId{static_cast<uint32_t>(user)});
    last = std::max(last, history.times[fit_end[user] - 1]);
  }
  return last == std::numeric_limits<int64_t>::min() ? 0 : last;
}

// Leave-last-n. `usable_end` is how much of each history this phase may know of; an asked user
// gives up the last n of it, one too short keeps everything as material to learn from.
Phase cut_last_n(const Dataset& dataset, const SplitOptions& options, std::string name,
                 const std::vector<uint32_t>& usable_end) {
  Phase phase{.name = std::move(name), .fit_end = usable_end, .horizon = 0, .cases = {}};
  for (size_t user = 0; user < usable_end.size(); ++user) {
    const uint32_t end = usable_end[user];
    if (end < uint64_t{options.min_history} + options.last_n) continue;
    phase.fit_end[user] = end - options.last_n;
    phase.cases.push_back({UserId{static_cast<uint32_t>(user)}, end - options.last_n, end});
  }
  phase.horizon = last_learned(dataset, phase.fit_end);
  return phase;
}

void split_last_n(const Dataset& dataset, Split& split) {
  std::vector<uint32_t> lengths(dataset.num_users());
  for (size_t user = 0; user < lengths.size(); ++user) {
    lengths[user] = static_cast<uint32_t>(dataset.offsets()[user + 1] - dataset.offsets()[user]);
  }
  split.test = cut_last_n(dataset, split.options, "test", lengths);
  split.validations.push_back(
      cut_last_n(dataset, split.options, phase_name(0), split.test.fit_end));
}

// Learned: everything before `begin`. Asked: what users with a history do in [begin, end).
Phase cut_at_time(const Dataset& dataset, const SplitOptions& options, std::string name,
                  int64_t begin, int64_t end) {
  Phase phase{.name = std::move(name),
              .fit_end = std::vector<uint32_t>(dataset.num_users()),
              .horizon = begin,
              .cut = begin,
              .cases = {}};
  for (size_t user = 0; user < dataset.num_users(); ++user) {
    const auto times = dataset.history(UserId{static_cast<uint32_t>(user)}).times;
    const auto position = [&](int64_t time) {
      const auto at = std::lower_bound(times.begin(), times.end(), time);
      return static_cast<uint32_t>(at - times.begin());
    };
    const uint32_t known = phase.fit_end[user] = position(begin);
    const uint32_t target_end =
        end == kForever ? static_cast<uint32_t>(times.size()) : position(end);
    if (target_end == known) continue;
    if (known < options.min_history) {
      ++phase.cold_users;
      phase.cold_events += target_end - known;
    } else {
      phase.cases.push_back({UserId{static_cast<uint32_t>(user)}, known, target_end});
    }
  }
  return phase;
}

int64_t test_begin(const std::vector<int64_t>& sorted, const SplitOptions& options) {
  if (!options.test_from.empty()) return parse_iso_date(options.test_from);
  if (options.test_days > 0) {
    return sorted.back() -
           std::llround(options.test_days * static_cast<double>(kMillisecondsADay)) + 1;
  }
  const double kept = (1 - options.test_share) * static_cast<double>(sorted.size());
  return sorted[std::min(sorted.size() - 1, static_cast<size_t>(std::llround(kept)))];
}

// Begins of the validation windows, the one next to the test first. A share of the events is
// repeated as a share, days are repeated as days. Windows before the second event of the log are
// left out, because nothing could be learned for them.
std::vector<int64_t> window_begins(const std::vector<int64_t>& sorted, const SplitOptions& options,
                                   int64_t cut) {
  std::vector<int64_t> begins;
  const bool by_share = options.test_from.empty() && !(options.test_days > 0);
  const auto first_test = std::lower_bound(sorted.begin(), sorted.end(), cut);
  const auto test_events = static_cast<size_t>(sorted.end() - first_test);
  const int64_t test_length = sorted.back() - cut + 1;
  size_t rest = static_cast<size_t>(first_test - sorted.begin());
  for (uint32_t window = 0; window < options.validation_windows; ++window) {
    if (by_share && rest <= test_events) break;
    rest -= by_share ? test_events : 0;
    const int64_t begin = by_share ? sorted[rest] : cut - (window + 1) * test_length;
    if (begin <= sorted.front()) break;
    if (begins.empty() ? begin < cut : begin < begins.back()) begins.push_back(begin);
  }
  return begins;
}

// Begins of windows of equally many events each, which with as many again to learn from fill the
// time before the test. Fewer windows than wanted where there are fewer events.
std::vector<int64_t> even_begins(const std::vector<int64_t>& sorted, const SplitOptions& options,
                                 int64_t cut) {
  const auto first_test = std::lower_bound(sorted.begin(), sorted.end(), cut);
  const auto rest = static_cast<size_t>(first_test - sorted.begin());
  if (rest < 2) return {};
  const size_t windows = std::min<size_t>(options.validation_windows, rest - 1);
  std::vector<int64_t> begins;
  for (size_t window = windows; window >= 1; --window) {
    const int64_t begin = sorted[rest * window / (windows + 1)];
    if (begin <= sorted.front()) break;
    if (begins.empty() ? begin < cut : begin < begins.back()) begins.push_back(begin);
  }
  return begins;
}

void add_windows(const Dataset& dataset, const std::vector<int64_t>& begins, int64_t cut,
                 Split& split) {
  int64_t end = cut;
  for (const int64_t begin : begins) {
    Phase phase =
        cut_at_time(dataset, split.options, phase_name(split.validations.size()), begin, end);
    if (!phase.cases.empty()) split.validations.push_back(std::move(phase));
    end = begin;
  }
}

// A test that is longer than all that lies before it cannot be repeated there.
void shorten_windows(const Dataset& dataset, const std::vector<int64_t>& sorted, int64_t cut,
                     Split& split) {
  add_windows(dataset, even_begins(sorted, split.options, cut), cut, split);
  if (split.validations.empty()) return;
  char days[96];
  std::snprintf(
      days, sizeof(days), "%.3g days, the last one before it %.3g",
      static_cast<double>(sorted.back() - cut + 1) / static_cast<double>(kMillisecondsADay),
      static_cast<double>(cut - split.validations[0].horizon) /
          static_cast<double>(kMillisecondsADay));
  split.warnings.push_back(
      std::string("no validation window as long as the test fits before it, so "
                  "the windows have equally many events instead: the test "
                  "has ") +
      days + "; what is best for the one need not be for the other");
}

void warn_of_cut(const std::vector<int64_t>& sorted, int64_t cut, Split& split) {
  const SplitOptions& options = split.options;
  if (split.validations.size() < options.validation_windows) {
    split.warnings.push_back("only " + std::to_string(split.validations.size()) + " of " +
                             std::to_string(options.validation_windows) +
                             " validation windows fit between the start of the log and the test");
  }
  if (!options.test_from.empty() || options.test_days > 0) return;
  const auto [first, last] = std::equal_range(sorted.begin(), sorted.end(), cut);
  const auto wanted =
      static_cast<ptrdiff_t>(std::llround(options.test_share * static_cast<double>(sorted.size())));
  if (std::abs((sorted.end() - first) - wanted) * 20 > wanted) {  // more than 5% off
    split.warnings.push_back(std::to_string(last - first) +
                             " events share the very time of the cut and all went to "
                             "the test, which now has " +
                             std::to_string(sorted.end() - first) + " events instead of " +
                             std::to_string(wanted));
  }
}

// Why the test leaves no validation window, with what would.
std::string why_no_window(const std::vector<int64_t>& sorted, int64_t cut,
                          const SplitOptions& options) {
  if (options.test_from.empty() && !(options.test_days > 0)) {
    const auto test = sorted.end() - std::lower_bound(sorted.begin(), sorted.end(), cut);
    return "the log is too short for a validation window of as many events before the test, which "
           "takes " +
           std::to_string(test) + " of " + std::to_string(sorted.size()) +
           "; make the test shorter";
  }
  if (cut == sorted.back()) {
    return "all events of the test share one time, " + iso_time(cut) +
           ", so a validation window of the same length would be empty; give a share "
           "(global-time:0.1) or an earlier date";
  }
  char days[32];
  std::snprintf(days, sizeof(days), "%.3g",
                static_cast<double>(sorted.back() - cut + 1) / kMillisecondsADay);
  return "no validation window as long as the test (" + std::string(days) +
         " days) before it has a user to ask; make the test shorter or longer, or give a share "
         "(global-time:0.1)";
}

void split_global_time(const Dataset& dataset, Split& split) {
  const SplitOptions& options = split.options;
  if (dataset.time_kind() != TimeKind::kClock) {
    throw cannot_cut(options,
                     "the log has no clock, only an order; use leave-one-out or "
                     "user-holdout");
  }
  std::vector<int64_t> sorted(dataset.time().begin(), dataset.time().end());
  std::sort(sorted.begin(), sorted.end());
  const int64_t cut = sorted.empty() ? 0 : test_begin(sorted, options);
  if (sorted.empty() || cut <= sorted.front() || cut > sorted.back()) {
    throw cannot_cut(options,
                     "the test would begin outside the log, which leaves nothing to "
                     "learn from or nothing to ask");
  }
  split.test = cut_at_time(dataset, options, "test", cut, kForever);
  add_windows(dataset, window_begins(sorted, options, cut), cut, split);
  if (split.validations.empty()) shorten_windows(dataset, sorted, cut, split);
  if (split.validations.empty()) throw cannot_cut(options, why_no_window(sorted, cut, options));
  warn_of_cut(sorted, cut, split);
}

// SplitMix64's output function: a well-mixed number of (seed, user), the same on every machine.
uint64_t mix(uint64_t seed, uint64_t user) {
  uint64_t z = seed * 0x9e3779b97f4a7c15ull + (user + 1) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return z ^ (z >> 31);
}

// `asked` are in user order, `hidden` are further users whose events this phase must not learn.
Phase cut_users(const Dataset& dataset, const SplitOptions& options, std::string name,
                const std::vector<size_t>& asked, const std::vector<size_t>& hidden) {
  Phase phase{.name = std::move(name), .fit_end = {}, .horizon = 0, .cases = {}};
  for (size_t user = 0; user < dataset.num_users(); ++user) {
    phase.fit_end.push_back(
        static_cast<uint32_t>(dataset.offsets()[user + 1] - dataset.offsets()[user]));
  }
  for (const size_t user : asked) {
    const uint32_t length = std::exchange(phase.fit_end[user], 0u);
    const auto shown = static_cast<uint32_t>(std::llround(options.fold_in * length));
    phase.cases.push_back({UserId{static_cast<uint32_t>(user)},
                           std::clamp(shown, options.min_history, length - 1), length});
  }
  for (const size_t user : hidden) phase.fit_end[user] = 0;
  phase.horizon = last_learned(dataset, phase.fit_end);
  return phase;
}

void split_users(const Dataset& dataset, Split& split) {
  const SplitOptions& options = split.options;
  std::vector<std::pair<uint64_t, size_t>> shuffled;  // users long enough to be asked
  for (size_t user = 0; user < dataset.num_users(); ++user) {
    if (dataset.offsets()[user + 1] - dataset.offsets()[user] > options.min_history) {
      shuffled.emplace_back(mix(options.seed, user), user);
    }
  }
  std::sort(shuffled.begin(), shuffled.end());
  const auto count = static_cast<size_t>(
      std::llround(options.holdout_users * static_cast<double>(shuffled.size())));
  if (count == 0 || 2 * count >= dataset.num_users()) {
    throw cannot_cut(options, std::to_string(shuffled.size()) +
                                  " users have more than min-history events; holding out " +
                                  std::to_string(count) +
                                  " for test and as many for validation "
                                  "leaves nobody to ask or nobody to learn from");
  }
  std::vector<size_t> test, validation;
  for (size_t i = 0; i < 2 * count; ++i) {
    (i < count ? test : validation).push_back(shuffled[i].second);
  }
  std::sort(test.begin(), test.end());
  std::sort(validation.begin(), validation.end());
  split.test = cut_users(dataset, options, "test", test, {});
  split.validations.push_back(cut_users(dataset, options, phase_name(0), validation, test));
}

void add_to_hash(Hasher& hasher, const Phase& phase) {
  hasher.add(phase.name);
  hasher.add(phase.fit_end.data(), phase.fit_end.size() * sizeof(uint32_t));
  hasher.add(phase.cases.data(), phase.cases.size() * sizeof(EvalCase));
}

}  // namespace

Split make_split(const Dataset& dataset, const SplitOptions& options) {
  Split split{.options = options, .validations = {}, .test = {}, .hash = {}, .warnings = {}};
  switch (options.kind) {
    case SplitKind::kLeaveLastN:
      split_last_n(dataset, split);
      break;
    case SplitKind::kGlobalTime:
      split_global_time(dataset, split);
      break;
    case SplitKind::kUserHoldout:
      split_users(dataset, split);
      break;
  }
  if (split.test.cases.empty() || split.validations.front().cases.empty()) {
    throw cannot_cut(options,
                     "no user has a history long enough to be asked both in validation "
                     "and in test");
  }
  static_assert(sizeof(EvalCase) == 12, "hashed as bytes: no padding");
  Hasher hasher;
  hasher.add(dataset.hash());
  for (const Phase& phase : split.validations) add_to_hash(hasher, phase);
  add_to_hash(hasher, split.test);
  split.hash = hasher.hex();
  const auto warnings = split_warnings(dataset, split);
  split.warnings.insert(split.warnings.end(), warnings.begin(), warnings.end());
  return split;
}

}  // namespace kaskad
