// What the fuzz entry of kaskad/counters/counter_spec does with its bytes; tests/counters runs it
// over a few nasty seeds too. Any input must end in a spec that reads back as itself, or in an
// Error.
#pragma once

#include <cstdlib>
#include <string>

#include "kaskad/core/error.h"
#include "kaskad/counters/counter_spec.h"
#include "kaskad/dataset/query_tokens.h"

namespace kaskad::fuzz {

inline void counters(const std::string& bytes) {
  try {
    const CounterSpec spec = CounterSpec::from_json(bytes);
    if (CounterSpec::from_json(spec.to_json()) != spec) std::abort();
    if (spec.horizon_names().size() != spec.num_horizons()) std::abort();
  } catch (const Error&) {
  }
  try {
    std::string joined;
    for (const auto& segment : parse_segments(bytes)) {
      joined += (joined.empty() ? "" : ",") + segment_name(segment);
    }
    if (joined != bytes) std::abort();
  } catch (const Error&) {
  }
  for (const std::string& token : query_tokens(bytes)) {
    if (token.empty() || query_tokens(token) != std::vector{token}) std::abort();
  }
}

}  // namespace kaskad::fuzz
