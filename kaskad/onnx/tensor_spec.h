// The inputs and outputs that an ONNX file declares, read from a session of ONNX Runtime; and
// whether a tensor fits them. Used by session.cc.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kaskad/onnx/runtime.h"
#include "kaskad/onnx/session.h"

namespace kaskad::ort {

// A declaration with the names of the free dimensions ("batch"), empty where they have none.
struct Declared {
  TensorSpec spec;
  std::vector<std::string> symbols;  // (dimensions)
};

std::vector<Declared> declared_inputs(const OrtSession& session, const std::string& path);
std::vector<Declared> declared_outputs(const OrtSession& session, const std::string& path);

// What the named dimensions stand for in one run, learned from its inputs.
using Bindings = std::map<std::string, int64_t>;

// A tensor as somebody gives it: `size` elements.
struct Given {
  ElementType type;
  const std::vector<int64_t>& shape;
  size_t size;
};

// Checks type, shape and size, and binds the names. Throws Error naming the tensor.
void check_input(const std::string& path, const Declared& declared, const Given& given,
                 Bindings& bindings);

// The shape of an output in this run, from the declaration and the names; nothing when a dimension
// has no name among the inputs'. Throws Error when it is known and has another number of elements
// than `size`.
std::optional<std::vector<int64_t>> output_shape(const std::string& path, const Declared& declared,
                                                 const Bindings& bindings, size_t size);

}  // namespace kaskad::ort
