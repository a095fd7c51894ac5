// What the fuzz entry of kaskad/ranking/onnx_mapping does with its bytes; tests/ranking runs it
// over a few nasty texts too. Any input must end in a mapping or in an Error.
#pragma once

#include <cstdlib>
#include <string>

#include "kaskad/core/error.h"
#include "kaskad/ranking/onnx_mapping.h"

namespace kaskad::fuzz {

inline void mapping(const std::string& bytes) {
  try {
    const OnnxMapping read = parse_onnx_mapping(bytes, "mapping.toml");
    if (read.graph.empty()) std::abort();
    for (const OnnxInput& input : read.inputs) {
      if (input.source.empty() || input.place.empty()) std::abort();
    }
  } catch (const Error&) {
  }
}

}  // namespace kaskad::fuzz
