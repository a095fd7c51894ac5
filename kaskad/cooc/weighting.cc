#include "kaskad/cooc/weighting.h"

#include <algorithm>
#include <cmath>

#include "kaskad/cooc/knobs.h"

namespace kaskad {
namespace {

constexpr EnumName<GapDecay> kGapNames[] = {{GapDecay::kNone, "none"},
                                            {GapDecay::kInverse, "inverse"},
                                            {GapDecay::kInverseRoot, "inverse_root"},
                                            {GapDecay::kExponential, "exponential"},
                                            {GapDecay::kAround, "around"}};
constexpr EnumName<UserWeight> kUserNames[] = {{UserWeight::kOne, "one"},
                                               {UserWeight::kInverse, "inverse"},
                                               {UserWeight::kInverseLog, "inverse_log"},
                                               {UserWeight::kIdf, "idf"},
                                               {UserWeight::kWalk, "walk"}};

std::string days(double value) { return KnobReader::days(value) + "d"; }

std::string direction_name(double reverse) {
  if (reverse == 0) return "next";
  if (reverse == 1) return "both";
  return "next + " + short_number(reverse) + " reverse";
}

}  // namespace

double PairWeighting::gap_weight(uint32_t positions) const {
  if (window > 0 && positions > window) return 0;
  switch (gap) {
    case GapDecay::kNone:
      return 1;
    case GapDecay::kInverse:
      return 1.0 / positions;
    case GapDecay::kInverseRoot:
      return 1.0 / std::sqrt(positions);
    case GapDecay::kExponential:
      return std::exp(-(positions - 1.0) / gap_scale);
    case GapDecay::kAround:
      return std::exp(-std::fabs(positions - gap_centre) / gap_scale);
  }
  return 0;
}

double PairWeighting::user_weight(size_t history, size_t items) const {
  const double n = static_cast<double>(history);
  switch (user) {
    case UserWeight::kOne:
      return 1;
    case UserWeight::kInverse:
    case UserWeight::kWalk:
      return 1 / n;
    case UserWeight::kInverseLog:
      return 1 / std::log(1 + n);
    case UserWeight::kIdf: {
      // Histories with repeats may be longer than the catalogue: they say nothing.
      const double idf = std::max(0.0, std::log(static_cast<double>(items)) - std::log1p(n));
      return idf * idf;
    }
  }
  return 0;
}

double PairWeighting::occurrence_weight(size_t history, size_t items) const {
  return user == UserWeight::kWalk ? 1 : user_weight(history, items);
}

std::string PairWeighting::name() const {
  std::string text = direction_name(reverse);
  if (window > 0) text += ", window " + std::to_string(window);
  if (gap == GapDecay::kInverse) text += ", 1/gap";
  if (gap == GapDecay::kInverseRoot) text += ", 1/sqrt(gap)";
  if (gap == GapDecay::kExponential) text += ", exp(-gap/" + short_number(gap_scale) + ")";
  if (gap == GapDecay::kAround) text += ", around gap " + short_number(gap_centre);
  if (time_window > 0) text += ", within " + days(time_window);
  if (gap_tau > 0) text += ", exp(-dt/" + days(gap_tau) + ")";
  if (age_tau > 0) text += ", trend " + days(age_tau);
  if (user == UserWeight::kInverse) text += ", user 1/n";
  if (user == UserWeight::kInverseLog) text += ", user 1/log n";
  if (user == UserWeight::kIdf) text += ", user idf";
  if (user == UserWeight::kWalk) text += ", user walk";
  if (event_weight) text += ", events by weight";
  if (max_history > 0) text += ", newest " + std::to_string(max_history) + " events";
  return text;
}

std::string_view name_of(GapDecay gap) { return enum_name<GapDecay>(gap, kGapNames); }

std::string_view name_of(UserWeight user) { return enum_name<UserWeight>(user, kUserNames); }

void to_json(nlohmann::json& json, const PairWeighting& w) {
  json = {{"reverse", w.reverse},
          {"window", w.window},
          {"gap", enum_name<GapDecay>(w.gap, kGapNames)},
          {"gap_scale", w.gap_scale},
          {"gap_centre", w.gap_centre},
          {"time_window", w.time_window},
          {"gap_tau", w.gap_tau},
          {"age_tau", w.age_tau},
          {"user", enum_name<UserWeight>(w.user, kUserNames)},
          {"event_weight", w.event_weight},
          {"max_history", w.max_history}};
}

void from_json(const nlohmann::json& json, PairWeighting& w) {
  KnobReader reader(json, "pair weighting");
  reader.number("reverse", w.reverse, 0, 1);
  reader.count("window", w.window);
  reader.choice<GapDecay>("gap", w.gap, kGapNames);
  reader.number("gap_scale", w.gap_scale, 1e-3, 1e9);
  reader.number("gap_centre", w.gap_centre, 1, 1e9);
  reader.number("time_window", w.time_window, 0, 1e6);
  reader.number("gap_tau", w.gap_tau, 0, 1e6);
  reader.number("age_tau", w.age_tau, 0, 1e6);
  reader.choice<UserWeight>("user", w.user, kUserNames);
  reader.flag("event_weight", w.event_weight);
  reader.count("max_history", w.max_history);
  reader.finish();
}

}  // namespace kaskad
