#include "kaskad/grpc/tensor_messages.h"

#include <cstdint>
#include <cstring>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "kaskad/server/infer_tensor.h"

namespace kaskad {
namespace {

using google::protobuf::RepeatedField;
using Input = inference::ModelInferRequest::InferInputTensor;
using Fault = std::optional<std::string>;  // the sentence that says what is wrong

// Values that travel in a wider type.
template <typename To, typename From>
Fault narrow(const RepeatedField<From>& values, ElementType type, std::vector<std::byte>& out) {
  out.resize(static_cast<size_t>(values.size()) * sizeof(To));
  for (int i = 0; i < values.size(); ++i) {
    const auto value = static_cast<To>(values[i]);
    if (static_cast<From>(value) != values[i]) {
      return "value " + std::to_string(i) + ": found " + std::to_string(values[i]) + ", expected " +
             datatype_name(type);
    }
    std::memcpy(out.data() + static_cast<size_t>(i) * sizeof(To), &value, sizeof(To));
  }
  return std::nullopt;
}

template <typename T>
Fault copy(const RepeatedField<T>& values, std::vector<std::byte>& out) {
  const auto* begin = reinterpret_cast<const std::byte*>(values.data());
  out.assign(begin, begin + static_cast<size_t>(values.size()) * sizeof(T));
  return std::nullopt;
}

Fault read_contents(const inference::InferTensorContents& given, InferTensor& tensor) {
  const ElementType type = tensor.type;
  switch (type) {
    case ElementType::kBool:
      return copy(given.bool_contents(), tensor.own);
    case ElementType::kInt8:
      return narrow<int8_t>(given.int_contents(), type, tensor.own);
    case ElementType::kInt16:
      return narrow<int16_t>(given.int_contents(), type, tensor.own);
    case ElementType::kInt32:
      return copy(given.int_contents(), tensor.own);
    case ElementType::kInt64:
      return copy(given.int64_contents(), tensor.own);
    case ElementType::kUInt8:
      return narrow<uint8_t>(given.uint_contents(), type, tensor.own);
    case ElementType::kUInt16:
      return narrow<uint16_t>(given.uint_contents(), type, tensor.own);
    case ElementType::kUInt32:
      return copy(given.uint_contents(), tensor.own);
    case ElementType::kUInt64:
      return copy(given.uint64_contents(), tensor.own);
    case ElementType::kFloat:
      return copy(given.fp32_contents(), tensor.own);
    case ElementType::kDouble:
      return copy(given.fp64_contents(), tensor.own);
    case ElementType::kFloat16:
    case ElementType::kNoTensor:
    case ElementType::kOther:
      break;
  }
  return std::string("found contents of ") + datatype_name(type) + ", expected raw_input_contents";
}

// Of the message itself where it is aligned, else of a copy.
void take_bytes(const std::string& raw, InferTensor& tensor) {
  tensor.bytes = std::as_bytes(std::span(raw));
  if (reinterpret_cast<uintptr_t>(raw.data()) % element_size(tensor.type) == 0) return;
  tensor.own.assign(tensor.bytes.begin(), tensor.bytes.end());
  tensor.bytes = tensor.own;
}

Fault read_shape(const Input& given, InferTensor& tensor) {
  if (static_cast<size_t>(given.shape_size()) > kMostDimensions) {
    return "found a shape of " + std::to_string(given.shape_size()) +
           " lengths, expected a list of at most " + std::to_string(kMostDimensions) + " lengths";
  }
  for (const int64_t length : given.shape()) {
    if (length < 0) {
      return "found the length " + std::to_string(length) + ", expected a whole number from 0";
    }
    tensor.shape.push_back(length);
  }
  return std::nullopt;
}

Fault read_values(const Input& given, const std::string* raw, InferTensor& tensor) {
  const auto bytes = byte_size(tensor.type, tensor.shape);
  if (!bytes) return "found the shape " + shape_text(tensor.shape) + ", expected a smaller one";
  if (raw && given.has_contents()) {
    return "found both contents and raw_input_contents, expected one of them";
  }
  if (raw) {
    take_bytes(*raw, tensor);
  } else {
    if (auto fault = read_contents(given.contents(), tensor)) return fault;
    tensor.bytes = tensor.own;
  }
  if (tensor.bytes.size() == *bytes) return std::nullopt;
  const size_t size = element_size(tensor.type);
  const std::string wants = datatype_text(tensor.type, tensor.shape);
  return raw ? "found " + std::to_string(raw->size()) + " bytes, expected " +
                   std::to_string(*bytes) + " for " + wants
             : "found " + std::to_string(tensor.bytes.size() / size) + " values, expected " +
                   std::to_string(*bytes / size) + " for " + wants;
}

Fault read_input(const Input& given, const std::string* raw, InferTensor& tensor) {
  const auto type = datatype_called(given.datatype());
  if (!type) {
    return "found the datatype '" + given.datatype().substr(0, 60) +
           "', expected one of: " + datatype_names();
  }
  tensor.type = *type;
  if (given.parameters().contains("shared_memory_region")) {
    return "found a region of shared memory, expected the values";
  }
  if (auto fault = read_shape(given, tensor)) return fault;
  return read_values(given, raw, tensor);
}

}  // namespace

Parsed<InferRequest> read(const inference::ModelInferRequest& message) {
  InferRequest request;
  if (!message.id().empty()) request.id = message.id();
  const int raw = message.raw_input_contents_size();
  if (raw != 0 && raw != message.inputs_size()) {
    return BadRequest{"found " + std::to_string(raw) + " raw_input_contents, expected " +
                      std::to_string(message.inputs_size()) + ", one an input"};
  }
  std::set<std::string_view> names;
  for (int i = 0; i < message.inputs_size(); ++i) {
    const Input& given = message.inputs(i);
    InferTensor tensor;
    tensor.name = given.name();
    const std::string* bytes = raw == 0 ? nullptr : &message.raw_input_contents(i);
    auto fault = read_input(given, bytes, tensor);
    if (!names.insert(given.name()).second) fault = "found it twice, expected it once";
    if (fault) return BadRequest{"input '" + given.name().substr(0, 60) + "': " + *fault};
    request.inputs.push_back(std::move(tensor));
  }
  for (const auto& output : message.outputs()) {
    if (output.parameters().contains("classification")) {
      return BadRequest{"output '" + output.name().substr(0, 60) +
                        "': found 'classification', expected to be asked for values"};
    }
    request.outputs.push_back({output.name(), {}});
  }
  return request;
}

void write(const std::vector<InferredTensor>& outputs, inference::ModelInferResponse& message) {
  for (const auto& [name, tensor, binary] : outputs) {
    auto* output = message.add_outputs();
    output->set_name(std::string(name));
    output->set_datatype(datatype_name(tensor.type));
    output->mutable_shape()->Add(tensor.shape.begin(), tensor.shape.end());
    message.add_raw_output_contents(tensor.bytes.data(), tensor.bytes.size());
  }
}

}  // namespace kaskad
