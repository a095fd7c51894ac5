// What the fuzz entry of kaskad/cascade/rule does with its bytes; tests/cascade runs it over a few
// nasty seeds too. Any input must end in a rule that can be evaluated, or in an Error.
#pragma once

#include <cstdlib>
#include <string>

#include "kaskad/cascade/rule.h"
#include "kaskad/core/error.h"
#include "kaskad/dataset/feature_files.h"

namespace kaskad::fuzz {

inline void rule(const std::string& bytes) {
  static const FeatureColumns columns{
      .categorical =
          {{.name = "a", .names = {"x", "y"}, .offsets = {0, 1, 1, 3}, .codes = {0, 0, 1}}},
      .dense = {{.name = "b", .dimension = 1, .values = {1, 2, 3}}}};
  try {
    const Rule rule = Rule::parse(bytes);
    if (rule.features().empty()) std::abort();
    (void)rule.of_unknown();
    if (rule.evaluate(table_of(columns, 3)).size() != 3) std::abort();
  } catch (const Error&) {
  }
}

}  // namespace kaskad::fuzz
