// The text form of a split: "KIND[:VALUE][,KEY=VALUE]...".
#include <charconv>
#include <chrono>
#include <cmath>
#include <string_view>

#include "kaskad/core/error.h"
#include "kaskad/dataset/split.h"

namespace kaskad {
namespace {

constexpr const char* kAllowed =
    "leave-one-out, leave-last-n:3, global-time:0.1 (share of the events), "
    "global-time:2000-12-01, global-time:last-7d or user-holdout:0.1, followed by any of "
    ",min-history=2 ,windows=3 (global-time) ,fold-in=0.8 ,seed=1 (user-holdout)";

Error split_error(const std::string& text, const std::string& why) {
  return Error("split '" + text + "': " + why + "; allowed: " + kAllowed);
}

template <typename T>
T number(const std::string& text, std::string_view value) {
  T parsed{};
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), parsed);
  if (error != std::errc() || end != value.data() + value.size()) {
    throw split_error(text, "'" + std::string(value) + "' is no number of the expected kind");
  }
  return parsed;
}

double share(const std::string& text, std::string_view value) {
  const double parsed = number<double>(text, value);
  if (!(parsed > 0 && parsed < 1)) {
    throw split_error(text, "'" + std::string(value) + "' is no share between 0 and 1");
  }
  return parsed;
}

uint32_t at_least_one(const std::string& text, std::string_view value) {
  const auto parsed = number<uint32_t>(text, value);
  if (parsed == 0) throw split_error(text, "0 is too few");
  return parsed;
}

// VALUE of "global-time:VALUE".
void parse_time_cut(const std::string& text, std::string_view value, SplitOptions& options) {
  constexpr std::string_view kLast = "last-";
  if (value.starts_with(kLast)) {
    std::string_view days = value.substr(kLast.size());
    if (!days.ends_with('d')) throw split_error(text, "days are written as in last-7d");
    days.remove_suffix(1);
    options.test_days = number<double>(text, days);
    if (!(options.test_days > 0) || !std::isfinite(options.test_days)) {
      throw split_error(text, "the days must be more than 0");
    }
  } else if (value.size() >= 10 && value[4] == '-') {
    options.test_from = value;
    parse_iso_date(options.test_from);  // throws
  } else {
    options.test_share = share(text, value);
  }
}

void parse_head(const std::string& text, std::string_view head, SplitOptions& options) {
  const size_t colon = head.find(':');
  const std::string_view kind = head.substr(0, colon);
  const bool has_value = colon != std::string_view::npos;
  const std::string_view value = has_value ? head.substr(colon + 1) : std::string_view();
  if (kind == "leave-one-out") {
    if (has_value) throw split_error(text, "leave-one-out takes no value");
  } else if (kind == "leave-last-n") {
    if (has_value) options.last_n = at_least_one(text, value);
  } else if (kind == "global-time") {
    options.kind = SplitKind::kGlobalTime;
    if (has_value) parse_time_cut(text, value, options);
  } else if (kind == "user-holdout") {
    options.kind = SplitKind::kUserHoldout;
    if (has_value) options.holdout_users = share(text, value);
    if (options.holdout_users >= 0.5) {
      throw split_error(text,
                        "the same share is held out twice, for validation and for test; "
                        "it must be below 0.5");
    }
  } else {
    throw split_error(text, "unknown kind '" + std::string(kind) + "'");
  }
}

void parse_setting(const std::string& text, std::string_view setting, SplitOptions& options) {
  const size_t equals = setting.find('=');
  if (equals == std::string_view::npos) {
    throw split_error(text, "'" + std::string(setting) + "' is no KEY=VALUE");
  }
  const std::string_view key = setting.substr(0, equals), value = setting.substr(equals + 1);
  if (key == "min-history") {
    options.min_history = number<uint32_t>(text, value);
  } else if (key == "windows" && options.kind == SplitKind::kGlobalTime) {
    options.validation_windows = at_least_one(text, value);
  } else if (key == "fold-in" && options.kind == SplitKind::kUserHoldout) {
    options.fold_in = share(text, value);
  } else if (key == "seed" && options.kind == SplitKind::kUserHoldout) {
    options.seed = number<uint64_t>(text, value);
  } else {
    throw split_error(text, "unknown setting '" + std::string(key) + "' for this kind");
  }
}

// The shortest text that reads back as the same value.
std::string shortest(double value) {
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), value).ptr;
  return std::string(buffer, end);
}

std::string head_text(const SplitOptions& options) {
  switch (options.kind) {
    case SplitKind::kLeaveLastN:
      return options.last_n == 1 ? "leave-one-out"
                                 : "leave-last-n:" + std::to_string(options.last_n);
    case SplitKind::kGlobalTime:
      if (!options.test_from.empty()) return "global-time:" + options.test_from;
      if (options.test_days > 0) return "global-time:last-" + shortest(options.test_days) + "d";
      return "global-time:" + shortest(options.test_share);
    case SplitKind::kUserHoldout:
      return "user-holdout:" + shortest(options.holdout_users);
  }
  return {};
}

}  // namespace

SplitOptions SplitOptions::parse(const std::string& text) {
  SplitOptions options;
  std::string_view rest = text;
  size_t comma = rest.find(',');
  parse_head(text, rest.substr(0, comma), options);
  while (comma != std::string_view::npos) {
    rest.remove_prefix(comma + 1);
    comma = rest.find(',');
    parse_setting(text, rest.substr(0, comma), options);
  }
  return options;
}

std::string SplitOptions::to_string() const {
  const SplitOptions defaults;
  std::string text = head_text(*this);
  if (kind == SplitKind::kGlobalTime && validation_windows != defaults.validation_windows) {
    text += ",windows=" + std::to_string(validation_windows);
  }
  if (kind == SplitKind::kUserHoldout && fold_in != defaults.fold_in) {
    text += ",fold-in=" + shortest(fold_in);
  }
  if (kind == SplitKind::kUserHoldout && seed != defaults.seed) {
    text += ",seed=" + std::to_string(seed);
  }
  if (min_history != defaults.min_history) text += ",min-history=" + std::to_string(min_history);
  return text;
}

int64_t parse_iso_date(const std::string& text) {
  const auto expected = [&] {
    return Error("date '" + text + "': expected YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS (UTC)");
  };
  const auto digits = [&](size_t from, size_t count, int low, int high) {
    int value = 0;
    for (size_t i = from; i < from + count; ++i) {
      if (i >= text.size() || text[i] < '0' || text[i] > '9') throw expected();
      value = 10 * value + (text[i] - '0');
    }
    if (value < low || value > high) throw expected();
    return value;
  };
  const auto separator = [&](size_t at, const char* allowed) {
    if (at >= text.size() || std::string_view(allowed).find(text[at]) == std::string_view::npos)
      throw expected();
  };
  using namespace std::chrono;
  const year_month_day date{year(digits(0, 4, 1, 9999)), month(digits(5, 2, 1, 12)),
                            day(digits(8, 2, 1, 31))};
  separator(4, "-");
  separator(7, "-");
  if (!date.ok()) throw expected();
  int64_t seconds = sys_days(date).time_since_epoch() / std::chrono::seconds(1);
  if (text.size() > 10) {
    separator(10, "T ");
    separator(13, ":");
    separator(16, ":");
    const size_t end = text.back() == 'Z' ? 20 : 19;
    if (text.size() != end) throw expected();
    seconds += 3600 * digits(11, 2, 0, 23) + 60 * digits(14, 2, 0, 59) + digits(17, 2, 0, 59);
  }
  return 1000 * seconds;
}

}  // namespace kaskad
