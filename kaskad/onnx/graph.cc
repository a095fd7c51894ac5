#include "kaskad/onnx/graph.h"

#include <bit>
#include <span>

#include "kaskad/core/error.h"
#include "kaskad/onnx/wire_format.h"

namespace kaskad {
namespace {

// Field numbers of onnx.proto, by message.
namespace model_field {
enum { kIrVersion = 1, kProducerName = 2, kProducerVersion = 3, kDoc = 6, kGraph = 7, kOpset = 8 };
}
namespace opset_field {
enum { kDomain = 1, kVersion = 2 };
}
namespace graph_field {
enum { kNode = 1, kName = 2, kInitializer = 5, kInput = 11, kOutput = 12 };
}
namespace node_field {
enum { kInput = 1, kOutput = 2, kName = 3, kOpType = 4, kAttribute = 5, kDomain = 7 };
}
namespace attribute_field {
enum {
  kName = 1,
  kFloat = 2,
  kInt = 3,
  kString = 4,
  kFloats = 7,
  kInts = 8,
  kStrings = 9,
  kType = 20
};
}
namespace tensor_field {
enum { kDims = 1, kDataType = 2, kName = 8, kRawData = 9 };
}
namespace value_field {
enum { kName = 1, kType = 2 };
}
namespace type_field {
enum { kTensor = 1, kElement = 1, kShape = 2, kDimension = 1, kDimValue = 1, kDimParam = 2 };
}

constexpr int64_t kIrVersion = 8;
constexpr int64_t kOpset = 17;
constexpr const char* kMlDomain = "ai.onnx.ml";
constexpr int64_t kMlOpset = 3;
// A protobuf reader takes no larger message.
constexpr size_t kLargestFile = (size_t{1} << 31) - 1;

// AttributeProto.type.
enum AttributeType {
  kFloatAttribute = 1,
  kIntAttribute = 2,
  kStringAttribute = 3,
  kFloatsAttribute = 6,
  kIntsAttribute = 7,
  kStringsAttribute = 8
};

struct AttributeWriter {
  Message& out;

  void operator()(int64_t value) const {
    out.integer(attribute_field::kInt, value).integer(attribute_field::kType, kIntAttribute);
  }
  void operator()(float value) const {
    out.number(attribute_field::kFloat, value).integer(attribute_field::kType, kFloatAttribute);
  }
  void operator()(const std::string& value) const {
    out.bytes(attribute_field::kString, value).integer(attribute_field::kType, kStringAttribute);
  }
  void operator()(const std::vector<int64_t>& values) const {
    for (const int64_t value : values) out.integer(attribute_field::kInts, value);
    out.integer(attribute_field::kType, kIntsAttribute);
  }
  void operator()(const std::vector<float>& values) const {
    for (const float value : values) out.number(attribute_field::kFloats, value);
    out.integer(attribute_field::kType, kFloatsAttribute);
  }
  void operator()(const std::vector<std::string>& values) const {
    for (const std::string& value : values) out.bytes(attribute_field::kStrings, value);
    out.integer(attribute_field::kType, kStringsAttribute);
  }
};

void add_attributes(Message& node, const std::vector<NamedAttribute>& attributes) {
  for (const NamedAttribute& attribute : attributes) {
    Message written;
    written.bytes(attribute_field::kName, attribute.name);
    std::visit(AttributeWriter{written}, attribute.value);
    node.message(node_field::kAttribute, written);
  }
}

std::string value_info(const std::string& name, ElementType type,
                       const std::vector<Dimension>& dimensions) {
  Message shape;
  for (const Dimension& dimension : dimensions) {
    Message size;
    if (const auto* number = std::get_if<int64_t>(&dimension)) {
      size.integer(type_field::kDimValue, *number);
    } else {
      size.bytes(type_field::kDimParam, std::get<std::string>(dimension));
    }
    shape.message(type_field::kDimension, size);
  }
  const Message tensor = Message()
                             .integer(type_field::kElement, static_cast<int64_t>(type))
                             .message(type_field::kShape, shape);
  return Message()
      .bytes(value_field::kName, name)
      .message(value_field::kType, Message().message(type_field::kTensor, tensor))
      .text();
}

// Raw data is little-endian, as the memory of every machine that we build for.
static_assert(std::endian::native == std::endian::little);

template <typename T>
std::string tensor(const std::string& name, ElementType type, const std::vector<T>& values,
                   const std::vector<int64_t>& shape) {
  size_t size = 1;
  for (const int64_t dimension : shape) size *= static_cast<size_t>(dimension);
  KASKAD_ASSERT(size == values.size());
  Message out;
  for (const int64_t dimension : shape) out.integer(tensor_field::kDims, dimension);
  const auto bytes = std::as_bytes(std::span(values));
  return out.integer(tensor_field::kDataType, static_cast<int64_t>(type))
      .bytes(tensor_field::kName, name)
      .bytes(tensor_field::kRawData, {reinterpret_cast<const char*>(bytes.data()), bytes.size()})
      .text();
}

}  // namespace

Graph::Graph(std::string name) : name_(std::move(name)) {}

Value Graph::input(const std::string& name, ElementType type, std::vector<Dimension> shape) {
  inputs_.push_back(value_info(name, type, shape));
  return {name};
}

// A value has one name, so the output's own name takes a node that does nothing.
void Graph::output(const Value& value, const std::string& name, ElementType type,
                   std::vector<Dimension> shape) {
  nodes_.push_back(Message()
                       .bytes(node_field::kInput, value.name)
                       .bytes(node_field::kOutput, name)
                       .bytes(node_field::kName, fresh_name("Identity"))
                       .bytes(node_field::kOpType, "Identity")
                       .text());
  outputs_.push_back(value_info(name, type, shape));
}

void Graph::output(const Value& value) {
  outputs_.push_back(Message().bytes(value_field::kName, value.name).text());
}

Value Graph::constant(const std::vector<float>& values, const std::vector<int64_t>& shape,
                      std::string_view hint) {
  const std::string name = fresh_name(hint);
  initializers_.push_back(tensor(name, ElementType::kFloat, values, shape));
  return {name};
}

Value Graph::constant(const std::vector<int64_t>& values, const std::vector<int64_t>& shape,
                      std::string_view hint) {
  const std::string name = fresh_name(hint);
  initializers_.push_back(tensor(name, ElementType::kInt64, values, shape));
  return {name};
}

Value Graph::node(const std::string& op, const std::vector<Value>& inputs,
                  const std::vector<NamedAttribute>& attributes) {
  Message out;
  for (const Value& input : inputs) out.bytes(node_field::kInput, input.name);
  const std::string name = fresh_name(op);
  out.bytes(node_field::kOutput, name)
      .bytes(node_field::kName, name)
      .bytes(node_field::kOpType, op);
  add_attributes(out, attributes);
  nodes_.push_back(out.text());
  return {name};
}

std::vector<Value> Graph::ml_node(const std::string& op, const std::vector<Value>& inputs,
                                  const std::vector<NamedAttribute>& attributes, size_t outputs) {
  Message out;
  std::vector<Value> values;
  for (const Value& input : inputs) out.bytes(node_field::kInput, input.name);
  for (size_t o = 0; o < outputs; ++o) {
    values.push_back({fresh_name(op)});
    out.bytes(node_field::kOutput, values.back().name);
  }
  out.bytes(node_field::kName, values.front().name)
      .bytes(node_field::kOpType, op)
      .bytes(node_field::kDomain, kMlDomain);
  add_attributes(out, attributes);
  nodes_.push_back(out.text());
  uses_ml_ = true;
  return values;
}

std::string Graph::to_bytes(const std::string& producer_version, const std::string& doc) const {
  Message graph;
  for (const std::string& node : nodes_) graph.bytes(graph_field::kNode, node);
  graph.bytes(graph_field::kName, name_);
  for (const std::string& weights : initializers_) graph.bytes(graph_field::kInitializer, weights);
  for (const std::string& input : inputs_) graph.bytes(graph_field::kInput, input);
  for (const std::string& output : outputs_) graph.bytes(graph_field::kOutput, output);
  if (graph.text().size() > kLargestFile) {
    throw Error("the ONNX file of '" + name_ + "' would have " +
                std::to_string(graph.text().size()) + " bytes, expected at most " +
                std::to_string(kLargestFile) + ": take a smaller dimension or fewer items");
  }
  Message model;
  model.integer(model_field::kIrVersion, kIrVersion)
      .bytes(model_field::kProducerName, "kaskad")
      .bytes(model_field::kProducerVersion, producer_version)
      .message(model_field::kGraph, graph)
      .message(model_field::kOpset,
               Message().bytes(opset_field::kDomain, "").integer(opset_field::kVersion, kOpset));
  if (uses_ml_) {
    model.message(
        model_field::kOpset,
        Message().bytes(opset_field::kDomain, kMlDomain).integer(opset_field::kVersion, kMlOpset));
  }
  if (!doc.empty()) model.bytes(model_field::kDoc, doc);
  return model.text();
}

std::string Graph::fresh_name(std::string_view hint) {
  return std::string(hint) + "_" + std::to_string(next_name_++);
}

}  // namespace kaskad
