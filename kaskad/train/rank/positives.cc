#include "kaskad/train/rank/positives.h"

#include <algorithm>
#include <cmath>

#include "kaskad/counters/count_min.h"

namespace kaskad::train {
namespace {

constexpr double kDelta = 0.01;  // a sketch's share of estimates beyond its bound

void estimate_items(double epsilon, std::vector<uint64_t>& counts) {
  CountMin sketch(SketchShape(epsilon, kDelta));
  for (size_t item = 0; item < counts.size(); ++item) {
    if (counts[item] > 0) sketch.add(item, static_cast<uint32_t>(counts[item]));
  }
  for (size_t item = 0; item < counts.size(); ++item) {
    if (counts[item] > 0) counts[item] = sketch.estimate(item);
  }
}

}  // namespace

Positives count_positives(const Impressions& lists, size_t num_items, double epsilon) {
  const size_t heads = lists.num_heads();
  Positives found;
  found.items.resize(num_items);
  std::vector<double> positives(heads, 0.5);  // half a candidate of each kind more than there are
  double candidates = 1;
  for (size_t l = 0; l < lists.size(); ++l) {
    const ImpressionList list = lists.list(l);
    const auto is_positive = [](float label) { return label > 0; };
    if (std::none_of(list.labels.begin(), list.labels.end(), is_positive)) continue;
    candidates += static_cast<double>(list.size());
    for (size_t c = 0; c < list.size(); ++c) {
      const auto labels = list.labels.subspan(c * heads, heads);
      for (size_t h = 0; h < heads; ++h) positives[h] += labels[h] > 0;
      const bool any = std::any_of(labels.begin(), labels.end(), is_positive);
      if (any && index(list.items[c]) < num_items) ++found.items[index(list.items[c])];
    }
  }
  for (const double count : positives) {
    found.base_logits.push_back(std::log(count / (candidates - count)));
  }
  if (epsilon > 0) estimate_items(epsilon, found.items);
  return found;
}

}  // namespace kaskad::train
