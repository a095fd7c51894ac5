#include "kaskad/experiment/verdict.h"

#include <cmath>
#include <cstdio>

#include "kaskad/experiment/distributions.h"

namespace kaskad::ab {
namespace {

// The effect that would have been found four times in five.
constexpr double kPower = 0.8;
// Where fewer users are in an arm, the normal distribution is a bold guess for rare actions.
constexpr double kFewUsers = 100;

std::string printed(const char* form, double value) {
  char text[48];
  std::snprintf(text, sizeof text, form, value);
  return text;
}

std::string whole_text(double count) { return printed("%.0f", count); }

std::string level_text(double level) { return printed("%g%%", 100 * level); }

// "0.4123 to 0.4260"
std::string values_text(const ArmFigure& control, const ArmFigure& arm) {
  return value_text(control.value.value) + " to " + value_text(arm.value.value);
}

std::string p_words(const ArmFigure& figure, size_t arms) {
  std::string words = "p = " + p_text(figure.adjusted_p);
  if (words.find('<') != std::string::npos) words = "p " + p_text(figure.adjusted_p);
  return arms > 2 ? words + " after Holm over " + std::to_string(arms - 1) + " arms" : words;
}

std::string range_words(const ArmFigure& figure, const EffectOptions& options) {
  const Range& relative = figure.effect.relative;
  if (!std::isfinite(relative.low)) {
    const Range& difference = figure.effect.difference;
    return level_text(options.level) + " interval of the difference " +
           printed("%+.4g", difference.low) + " to " + printed("%+.4g", difference.high);
  }
  return level_text(options.level) + " interval of the change " + percent_text(relative.low) +
         " to " + percent_text(relative.high);
}

// The least change that `kPower` of such experiments would have found.
std::string blind_words(const ArmFigure& control, const ArmFigure& arm) {
  const double half = arm.effect.difference.high - arm.effect.difference.value;
  const double reach = half + normal_quantile(kPower) * arm.effect.error;
  if (!(control.value.value > 0)) return "";
  return " Not shown is not absent: a change smaller than " +
         printed("%.2g%%", 100 * reach / control.value.value) + " would often have been missed.";
}

std::string arm_sentence(const LayerReport& layer, size_t arm, size_t metric,
                         const Metric& deciding, const EffectOptions& options) {
  const std::string name = "'" + layer.arms[arm].name + "'";
  const ArmFigure& control = layer.arms[0].figures[metric];
  const ArmFigure& figure = layer.arms[arm].figures[metric];
  if (std::isnan(figure.effect.p_value)) {
    return name + " cannot be compared in " + deciding.name +
           ": an arm has fewer than two users, or nothing to divide by.";
  }
  const std::string evidence =
      "(" + range_words(figure, options) + ", " + p_words(figure, layer.arms.size()) + ")";
  if (figure.adjusted_p < 1 - options.level) {
    const double change = figure.effect.relative.value;
    const std::string by = std::isfinite(change) ? " by " + percent_text(change) : "";
    return name + (figure.effect.difference.value > 0 ? " raises " : " lowers ") + deciding.name +
           by + ", from " + values_text(control, figure) + " " + evidence + ".";
  }
  return name + ": no difference in " + deciding.name + " is shown " + evidence + "." +
         blind_words(control, figure);
}

}  // namespace

std::string value_text(double value) {
  if (!std::isfinite(value)) return "-";
  std::string text = printed("%#.4g", value);
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string percent_text(double share) { return printed("%+.2f%%", 100 * share); }

std::string p_text(double p) {
  if (std::isnan(p)) return "-";
  if (p < 0.0001) return "< 0.0001";
  return printed(p < 0.01 ? "%.4f" : "%.3f", p);
}

std::vector<std::string> warnings_of(const LayerReport& layer) {
  std::vector<std::string> warnings;
  if (layer.ratio.mismatch) {
    std::string found, expected;
    for (size_t a = 0; a < layer.arms.size(); ++a) {
      found += (a > 0 ? " : " : "") + whole_text(layer.arms[a].users);
      expected += (a > 0 ? " : " : "") + whole_text(layer.ratio.expected[a]);
    }
    warnings.push_back(
        "SAMPLE RATIO MISMATCH: the arms have " + found + " users where " + expected +
        " were expected (p " + p_text(layer.ratio.p_value) +
        (layer.shares_known ? "" : ", taking equal shares") +
        std::string("). Users are lost or moved for a reason that may depend on the arm: find "
                    "it before any figure is believed.") +
        (layer.shares_known ? "" : " Where the shares were meant so, --shares says it."));
  }
  if (layer.shares_changed_p < kMismatch) {
    warnings.push_back(
        "THE ARMS' SHARES CHANGED from day to day (p " + p_text(layer.shares_changed_p) +
        "): the arms hold users of other days, and can differ by that alone (Simpson's paradox).");
  }
  if (layer.mixed_users > 0) {
    warnings.push_back(std::to_string(layer.mixed_users) +
                       " users were seen in more than one arm and are left out.");
  }
  for (const ArmReport& arm : layer.arms) {
    if (arm.users >= kFewUsers || layer.arms.size() < 2) continue;
    warnings.push_back("'" + arm.name + "' has only " + whole_text(arm.users) +
                       " users: its intervals are rough.");
  }
  return warnings;
}

std::string verdict_of(const LayerReport& layer, const std::vector<Metric>& metrics,
                       const Metric& deciding, const EffectOptions& options) {
  if (layer.arms.size() < 2) return "There is one arm alone, and nothing to compare it with.";
  if (layer.ratio.mismatch) {
    return "Do not decide by this: the arms do not have the users that they should have (sample "
           "ratio mismatch, p " +
           p_text(layer.ratio.p_value) + ").";
  }
  const auto metric = static_cast<size_t>(&deciding - metrics.data());
  std::string verdict;
  for (size_t a = 1; a < layer.arms.size(); ++a) {
    verdict += (a > 1 ? " " : "") + arm_sentence(layer, a, metric, deciding, options);
  }
  if (layer.shares_changed_p < kMismatch) {
    verdict += " But the arms' shares changed on the way, which can make or hide a difference.";
  }
  return verdict;
}

}  // namespace kaskad::ab
