// How good a model is after an epoch. Filled by what a course validates by, kept in the curve.
#pragma once

#include <cstddef>
#include <map>
#include <string>

namespace kaskad::train {

struct ValidationFigures {
  std::map<std::string, double> values;  // by the metric's name; always with "ndcg@10"
  size_t cases = 0;                      // questions or lists that were asked

  // By which the best epoch is chosen.
  double ndcg() const { return values.at("ndcg@10"); }
};

}  // namespace kaskad::train
