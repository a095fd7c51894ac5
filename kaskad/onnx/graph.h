// Writes ONNX files: layers add their nodes and weights to a Graph while it is built, and
// to_bytes() gives the file (a protobuf message, whose wire format is written here: libtorch
// exports symbols of another protobuf library, so that the two cannot be linked together).
// Default domain, opset 17, IR version 8; trees come from ai.onnx.ml, opset 3.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "kaskad/onnx/tensor.h"

namespace kaskad {

// The output of a node, an input of the graph, or an initializer: a name within one Graph.
struct Value {
  std::string name;
};

using Attribute = std::variant<int64_t, float, std::string, std::vector<int64_t>,
                               std::vector<float>, std::vector<std::string>>;
struct NamedAttribute {
  std::string name;
  Attribute value;
};

// A dimension is a number, or a name where the caller of the model chooses ("batch").
using Dimension = std::variant<int64_t, std::string>;

class Graph {
 public:
  explicit Graph(std::string name);

  Value input(const std::string& name, ElementType type, std::vector<Dimension> shape);
  void output(const Value& value, const std::string& name, ElementType type,
              std::vector<Dimension> shape);
  // Under the name that its node gave it, of the type that its node gives: a sequence, say.
  void output(const Value& value);

  // Weights and constants, row-major.
  Value constant(const std::vector<float>& values, const std::vector<int64_t>& shape,
                 std::string_view hint = "weight");
  Value constant(const std::vector<int64_t>& values, const std::vector<int64_t>& shape,
                 std::string_view hint = "constant");
  Value scalar(float value) { return constant(std::vector<float>{value}, {}); }
  Value scalar(int64_t value) { return constant(std::vector<int64_t>{value}, {}); }

  // A node with one output.
  Value node(const std::string& op, const std::vector<Value>& inputs,
             const std::vector<NamedAttribute>& attributes = {});

  // A node of the domain ai.onnx.ml with so many outputs: tree ensembles, say.
  std::vector<Value> ml_node(const std::string& op, const std::vector<Value>& inputs,
                             const std::vector<NamedAttribute>& attributes, size_t outputs = 1);

  // The ModelProto. `producer_version` and `doc` are shown by viewers.
  std::string to_bytes(const std::string& producer_version, const std::string& doc = "") const;

 private:
  std::string fresh_name(std::string_view hint);

  // Serialised parts, in the order they were added.
  std::string name_;
  std::vector<std::string> nodes_, initializers_, inputs_, outputs_;
  size_t next_name_ = 0;
  bool uses_ml_ = false;
};

}  // namespace kaskad
