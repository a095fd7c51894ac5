// Numbers as a reader wants them. The same figure is written the same way in every table, plot
// and sentence of a page. Not-a-number is written as an en dash.
#pragma once

#include <string>

namespace kaskad::html {

enum class Format {
  kCount,    // 12,345
  kShort,    // 12.3k: axis ticks
  kMetric,   // 0.1678
  kSigned,   // +0.0040, for differences, with a real minus sign
  kPercent,  // 42.3%, 42%; the value is a share in [0, 1]
  kSeconds,  // 45 s, 3.2 h, 12 days
};

std::string format(double value, Format how);

// "0.1602 to 0.1740"
std::string format_interval(double low, double high, Format how);

// "ndcg@10" -> "NDCG@10", "hit_rate@10" -> "HitRate@10": the names of the literature.
std::string metric_title(const std::string& metric);

// "1 variant", "640 variants"
std::string plural(double count, const std::string& noun);

}  // namespace kaskad::html
