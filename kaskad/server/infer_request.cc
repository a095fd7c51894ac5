#include "kaskad/server/infer_request.h"

#include <charconv>
#include <cstdint>
#include <set>

#include "kaskad/server/infer_split.h"
#include "kaskad/server/infer_tensor.h"
#include "kaskad/server/request_reader.h"

namespace kaskad {
namespace {

namespace json = boost::json;

class InferReader : public RequestReader {
 public:
  InferReader(std::string_view header, std::string_view binary) : binary_(binary) {
    split_ = split_body(header);
  }

  Parsed<InferRequest> read() {
    if (auto bad = read_object(split_.rest)) return *std::move(bad);
    if (!has_inputs_) return BadRequest{"found no 'inputs', expected a list of tensors"};
    for (PlacedTensor& placed : tensors_) {
      fault_ = fill(placed);
      if (!fault_.empty()) return BadRequest{"input '" + placed.tensor.name + "': " + fault_};
      request_.inputs.push_back(std::move(placed.tensor));
    }
    if (!binary_.empty()) {
      return BadRequest{"found " + std::to_string(binary_.size()) +
                        " bytes behind the tensors, expected none"};
    }
    return std::move(request_);
  }

 private:
  // A tensor whose values have not been read yet.
  struct PlacedTensor {
    InferTensor tensor;
    std::optional<size_t> array, binary_size;
  };

  void read_field(std::string_view name, const Value& value) override {
    static const Fields<InferReader> kFields = {{"id", &InferReader::read_request_id},
                                                {"inputs", &InferReader::read_inputs},
                                                {"outputs", &InferReader::read_outputs},
                                                {"parameters", &InferReader::read_parameters}};
    read_with<InferReader>(kFields, name, value);
  }

  void read_request_id(const Value& value) {
    const json::string* text = value.if_string();
    if (!text) return expected(value, "a text");
    request_.id = std::string_view(*text);
  }

  void read_parameters(const Value& value) {
    const json::object* fields = value.if_object();
    if (!fields) return expected(value, "an object");
    if (const Value* binary = fields->if_contains("binary_data_output")) {
      read_bool(*binary, request_.binary_outputs);
    }
  }

  // The name of a tensor, and its object; null after a fault.
  const json::object* read_tensor(const Value& value, std::string& name) {
    const json::object* fields = value.if_object();
    const Value* named = fields ? fields->if_contains("name") : nullptr;
    if (!named || !named->is_string()) {
      expected(value, "tensors with a 'name'");
      return nullptr;
    }
    name = std::string_view(named->get_string());
    if (!names_.emplace(field_ + "/" + name).second) {
      fault_ = "'" + field_ + "': found '" + name + "' twice";
    }
    return fault_.empty() ? fields : nullptr;
  }

  void refuse_tensor(const std::string& name, const std::string& why) {
    fault_ = (field_ == "inputs" ? "input '" : "output '") + name.substr(0, 60) + "': " + why;
  }

  void read_inputs(const Value& value) {
    const json::array* list = value.if_array();
    if (!list) return expected(value, "a list of tensors");
    has_inputs_ = true;
    for (const Value& element : *list) {
      PlacedTensor placed;
      const json::object* fields = read_tensor(element, placed.tensor.name);
      if (fields) read_input(*fields, placed);
      if (!fault_.empty()) return;
      tensors_.push_back(std::move(placed));
    }
  }

  void read_input(const json::object& fields, PlacedTensor& placed) {
    const std::string& name = placed.tensor.name;
    bool has_type = false, has_shape = false;
    for (const auto& field : fields) {
      const std::string_view key = field.key();
      if (key == "shape") {
        has_shape = read_shape(field.value(), placed.tensor);
      } else if (key == "datatype") {
        has_type = read_datatype(field.value(), placed.tensor);
      } else if (key == "parameters") {
        read_binary_size(field.value(), placed);
      } else if (key == "data") {
        read_data(field.value(), placed);
      } else if (key != "name") {
        refuse_tensor(name, "found the unknown field '" + std::string(key.substr(0, 60)) +
                                "', expected one of: data, datatype, name, parameters, shape");
      }
      if (!fault_.empty()) return;
    }
    if (!has_type) return refuse_tensor(name, "found no 'datatype', expected one");
    if (!has_shape) return refuse_tensor(name, "found no 'shape', expected one");
    if (placed.array.has_value() == placed.binary_size.has_value()) {
      refuse_tensor(name, std::string("found ") + (placed.array ? "both" : "neither") +
                              " 'data' and 'binary_data_size', expected one of them");
    }
  }

  // An array is its number by now; one that the client wrote is out of turn.
  void read_data(const Value& value, PlacedTensor& placed) {
    const int64_t* number = value.if_int64();
    const size_t next = next_array_++;
    if (!number || *number != static_cast<int64_t>(next) || next >= split_.arrays.size()) {
      return refuse_tensor(placed.tensor.name,
                           "found 'data' that is no list, expected the tensor's values");
    }
    placed.array = next;
  }

  bool read_shape(const Value& value, InferTensor& tensor) {
    const json::array* list = value.if_array();
    const bool fits = list && list->size() <= kMostDimensions;
    if (!fits) {
      refuse_tensor(tensor.name, "found the shape " + describe(value) + ", expected a list of at " +
                                     "most " + std::to_string(kMostDimensions) + " lengths");
      return false;
    }
    for (const Value& length : *list) {
      const int64_t* number = length.if_int64();
      if (!number || *number < 0) {
        refuse_tensor(tensor.name,
                      "found the length " + describe(length) + ", expected a whole number from 0");
        return false;
      }
      tensor.shape.push_back(*number);
    }
    return true;
  }

  bool read_datatype(const Value& value, InferTensor& tensor) {
    const json::string* text = value.if_string();
    const auto type = text ? datatype_called(std::string_view(*text)) : std::nullopt;
    if (!type) {
      refuse_tensor(tensor.name, "found the datatype " + describe(value) +
                                     ", expected one of: " + datatype_names());
      return false;
    }
    tensor.type = *type;
    return true;
  }

  void read_binary_size(const Value& value, PlacedTensor& placed) {
    const json::object* fields = value.if_object();
    if (!fields) return refuse_tensor(placed.tensor.name, "found parameters that are no object");
    const Value* size = fields->if_contains("binary_data_size");
    if (!size) return;
    const int64_t* number = size->if_int64();
    if (!number || *number < 0) {
      return refuse_tensor(placed.tensor.name, "found the binary_data_size " + describe(*size) +
                                                   ", expected a number of bytes");
    }
    placed.binary_size = static_cast<size_t>(*number);
  }

  void read_outputs(const Value& value) {
    const json::array* list = value.if_array();
    if (!list) return expected(value, "a list of tensors");
    for (const Value& element : *list) {
      InferOutput output;
      const json::object* fields = read_tensor(element, output.name);
      if (!fields) return;
      const Value* parameters = fields->if_contains("parameters");
      if (parameters) read_output_parameters(*parameters, output);
      if (!fault_.empty()) return;
      request_.outputs.push_back(std::move(output));
    }
  }

  void read_output_parameters(const Value& value, InferOutput& output) {
    const json::object* fields = value.if_object();
    if (!fields) return refuse_tensor(output.name, "found parameters that are no object");
    if (fields->if_contains("classification")) {
      return refuse_tensor(output.name, "found 'classification', expected to be asked for values");
    }
    const Value* binary = fields->if_contains("binary_data");
    if (!binary) return;
    if (!binary->is_bool()) {
      return refuse_tensor(
          output.name, "found the binary_data " + describe(*binary) + ", expected true or false");
    }
    output.binary = binary->get_bool();
  }

  // Reads the values; gives what is wrong.
  std::string fill(PlacedTensor& placed) {
    InferTensor& tensor = placed.tensor;
    const size_t size = element_size(tensor.type);
    const auto whole = byte_size(tensor.type, tensor.shape);
    if (!whole) return "found the shape " + shape_text(tensor.shape) + ", expected a smaller one";
    const size_t bytes = *whole;
    const std::string wants =
        std::to_string(bytes / size) + " for " + datatype_text(tensor.type, tensor.shape);
    if (placed.array) {
      if (auto fault = read_tensor_json(split_.arrays[*placed.array], tensor.type, tensor.own)) {
        return *fault;
      }
      tensor.bytes = tensor.own;
      if (tensor.own.size() == bytes) return "";
      return "found " + std::to_string(tensor.own.size() / size) + " values, expected " + wants;
    }
    if (*placed.binary_size != bytes || bytes > binary_.size()) {
      return "found a binary_data_size of " + std::to_string(*placed.binary_size) + " with " +
             std::to_string(binary_.size()) + " bytes left in the body, expected " +
             std::to_string(bytes) + ", " + wants + (size > 1 ? " values" : "");
    }
    take_bytes(bytes, size, tensor);
    return "";
  }

  // Of the body itself where it is aligned, else of a copy.
  void take_bytes(size_t bytes, size_t size, InferTensor& tensor) {
    tensor.bytes = std::as_bytes(std::span(binary_.substr(0, bytes)));
    binary_.remove_prefix(bytes);
    if (reinterpret_cast<uintptr_t>(tensor.bytes.data()) % size == 0) return;
    tensor.own.assign(tensor.bytes.begin(), tensor.bytes.end());
    tensor.bytes = tensor.own;
  }

  SplitBody split_;
  size_t next_array_ = 0;
  std::string_view binary_;  // what is left of it
  std::vector<PlacedTensor> tensors_;
  std::set<std::string> names_;
  bool has_inputs_ = false;
  InferRequest request_;
};

}  // namespace

Parsed<InferRequest> parse_infer_request(std::string_view body, std::string_view header_length) {
  size_t length = body.size();
  if (!header_length.empty()) {
    const char* begin = header_length.data();
    const char* end = begin + header_length.size();
    const auto [behind, code] = std::from_chars(begin, end, length);
    if (code != std::errc() || behind != end || length > body.size()) {
      return BadRequest{"found Inference-Header-Content-Length '" +
                        std::string(header_length.substr(0, 60)) + "', expected at most " +
                        std::to_string(body.size()) + " bytes, the length of the body"};
    }
  }
  return InferReader(body.substr(0, length), body.substr(length)).read();
}

}  // namespace kaskad
