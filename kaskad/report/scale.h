// A value axis: where a value lies between the ends of a plot, and which values get a label.
// Plots place everything in percent of their width and height, so that the page is fluid.
#pragma once

#include <string>
#include <vector>

namespace kaskad::html {

class Scale {
 public:
  // Ends are widened to round numbers; `values` that are not finite are passed over.
  static Scale linear(const std::vector<double>& values, bool from_zero = false);
  // Ends are the data's own.
  static Scale exact(const std::vector<double>& values);
  // Ends are the data's own; values must be positive, others are passed over.
  static Scale logarithmic(const std::vector<double>& values);

  double low() const { return low_; }
  double high() const { return high_; }
  bool logarithmic() const { return log_; }

  // 0 at low(), 1 at high(), clamped in between; 0 for what a log axis cannot show.
  double fraction(double value) const;
  // fraction() as an SVG length, "37.5%"; percent_down() is measured from the top.
  std::string percent(double value) const;
  std::string percent_down(double value) const;

  // Round values, about `wanted` of them; powers of ten on a log axis.
  std::vector<double> ticks(int wanted = 5) const;

 private:
  double low_ = 0;
  double high_ = 1;
  bool log_ = false;
};

// "12.34%"
std::string percent_length(double fraction);

}  // namespace kaskad::html
