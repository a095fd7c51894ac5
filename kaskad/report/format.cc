#include "kaskad/report/format.h"

#include <cctype>
#include <cmath>
#include <cstdio>
#include <map>

namespace kaskad::html {
namespace {

constexpr const char* kMinus = "\xe2\x88\x92";
constexpr const char* kDash = "\xe2\x80\x93";

std::string fixed(double value, int decimals) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "%.*f", decimals, value);
  return buffer;
}

// At most `decimals` of them, without trailing zeros: 2.50 -> 2.5, 3.00 -> 3.
std::string trimmed(double value, int decimals) {
  std::string digits = fixed(value, decimals);
  if (digits.find('.') == std::string::npos) return digits;
  digits.erase(digits.find_last_not_of('0') + 1);
  if (digits.back() == '.') digits.pop_back();
  return digits;
}

std::string count_text(double value) {
  std::string digits = trimmed(value, std::abs(value) < 100 ? 2 : 0);
  const size_t point = std::min(digits.find('.'), digits.size());
  for (size_t at = point; at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

std::string shortened(double value) {
  const struct {
    double size;
    const char* suffix;
  } units[] = {{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}};
  for (const auto& unit : units)
    if (value >= unit.size) return trimmed(value / unit.size, 1) + unit.suffix;
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "%.3g", value);
  return buffer;
}

std::string seconds(double value) {
  if (value < 100) return trimmed(value, value < 10 ? 1 : 0) + " s";
  if (value < 100 * 60) return trimmed(value / 60, value < 600 ? 1 : 0) + " min";
  if (value < 48 * 3600) return trimmed(value / 3600, 1) + " h";
  if (value < 730 * 86400.0) return trimmed(value / 86400, value < 864000 ? 1 : 0) + " days";
  return trimmed(value / (365.25 * 86400), 1) + " years";
}

std::string magnitude(double value, Format how) {
  switch (how) {
    case Format::kCount:
      return count_text(value);
    case Format::kShort:
      return shortened(value);
    case Format::kMetric:
    case Format::kSigned:
      return fixed(value, 4);
    case Format::kPercent:
      return trimmed(100 * value, 1) + "%";
    case Format::kSeconds:
      return seconds(value);
  }
  return {};
}

}  // namespace

std::string format(double value, Format how) {
  if (!std::isfinite(value)) return kDash;
  std::string digits = magnitude(std::abs(value), how);
  if (digits.find_first_of("123456789") == std::string::npos) return digits;  // no "-0.0000"
  if (value < 0) return kMinus + digits;
  return how == Format::kSigned ? "+" + digits : digits;
}

std::string format_interval(double low, double high, Format how) {
  return format(low, how) + " to " + format(high, how);
}

std::string metric_title(const std::string& metric) {
  static const std::map<std::string, std::string> titles = {
      {"ndcg", "NDCG"},         {"hit_rate", "HitRate"},
      {"map", "MAP"},           {"mrr", "MRR"},
      {"recall", "Recall"},     {"precision", "Precision"},
      {"novelty", "Novelty"},   {"popularity", "Popularity"},
      {"coverage", "Coverage"}, {"sifr", "SIFR"},
      {"ctr", "CTR"},
  };
  const size_t at = std::min(metric.find('@'), metric.size());
  const auto title = titles.find(metric.substr(0, at));
  return title == titles.end() ? metric : title->second + metric.substr(at);
}

std::string plural(double number, const std::string& noun) {
  return format(number, Format::kCount) + " " + noun + (number == 1 ? "" : "s");
}

}  // namespace kaskad::html
