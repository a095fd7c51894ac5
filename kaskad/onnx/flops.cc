#include "kaskad/onnx/flops.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>
#include <vector>

#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "kaskad/onnx/runtime.h"
#include "kaskad/onnx/tensor_spec.h"

namespace kaskad {

using ort::api;

namespace {

using nlohmann::json;
using Shape = std::vector<int64_t>;

double elements(const Shape& shape) {
  return std::accumulate(shape.begin(), shape.end(), 1.0,
                         [](double product, int64_t size) { return product * double(size); });
}

// [{"float": [1, 64]}, ...] -> the shapes; of what is no tensor: none.
std::vector<Shape> shapes_of(const json& tensors) {
  std::vector<Shape> shapes;
  for (const json& tensor : tensors) {
    for (const auto& [type, shape] : tensor.items()) shapes.push_back(shape.get<Shape>());
  }
  return shapes;
}

bool moves_only(const std::string& op) {
  static const std::set<std::string> movers = {"Gather",
                                               "GatherElements",
                                               "GatherND",
                                               "Reshape",
                                               "Transpose",
                                               "Concat",
                                               "Slice",
                                               "Split",
                                               "Squeeze",
                                               "Unsqueeze",
                                               "Expand",
                                               "Shape",
                                               "Size",
                                               "Cast",
                                               "Constant",
                                               "ConstantOfShape",
                                               "Identity",
                                               "Range",
                                               "Pad",
                                               "Tile",
                                               "Where",
                                               "Equal",
                                               "Greater",
                                               "Less",
                                               "GreaterOrEqual",
                                               "LessOrEqual",
                                               "Not",
                                               "And",
                                               "Or",
                                               "ScatterND",
                                               "ScatterElements",
                                               "NonZero",
                                               "Flatten",
                                               "OneHot",
                                               "Trilu"};
  return movers.contains(op);
}

// m k n of a product: every element of the result is a sum of k products.
double product_flops(const json& arguments, const std::vector<Shape>& in,
                     const std::vector<Shape>& out) {
  if (in.empty() || out.empty() || in[0].empty()) return 0;
  const std::string op = arguments.at("op_name");
  int64_t inner = in[0].back();
  // A transposed left factor of Gemm: what the result has not of it.
  if (op == "Gemm" && in[0].size() == 2 && !out[0].empty() && in[0][0] != out[0][0]) {
    inner = in[0][0];
  }
  return 2 * elements(out[0]) * static_cast<double>(inner);
}

double node_flops(const json& arguments) {
  const std::string op = arguments.at("op_name");
  if (moves_only(op)) return 0;
  const auto in = shapes_of(arguments.value("input_type_shape", json::array())),
             out = shapes_of(arguments.value("output_type_shape", json::array()));
  if (op == "MatMul" || op == "Gemm") return product_flops(arguments, in, out);
  double largest = 0;
  for (const auto* shapes : {&in, &out}) {
    for (const Shape& shape : *shapes) largest = std::max(largest, elements(shape));
  }
  return largest;
}

// Zeros for an input, in memory that the tensor owns.
ort::Tensor zeros(const ort::Declared& declared, const std::map<std::string, int64_t>& sizes,
                  const std::string& path) {
  using Type = TensorSpec::Type;
  const TensorSpec& spec = declared.spec;
  if (spec.type != Type::kFloat && spec.type != Type::kInt64) {
    throw Error("'" + path + "', input '" + spec.name + "': found " + spec.to_string() +
                ", expected float or int64");
  }
  Shape shape = spec.shape;
  for (size_t d = 0; d < shape.size(); ++d) {
    if (shape[d] >= 0) continue;
    const auto found = sizes.find(declared.symbols[d]);
    shape[d] = found == sizes.end() ? 1 : found->second;
  }
  OrtAllocator* allocator = nullptr;
  ort::check(api().GetAllocatorWithDefaultOptions(&allocator), path);
  OrtValue* raw = nullptr;
  const bool whole = spec.type == Type::kInt64;
  ort::check(
      api().CreateTensorAsOrtValue(
          allocator, shape.data(), shape.size(),
          whole ? ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64 : ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, &raw),
      path);
  ort::Tensor tensor(raw);
  void* data = nullptr;
  ort::check(api().GetTensorMutableData(raw, &data), path);
  std::fill_n(static_cast<std::byte*>(data),
              static_cast<size_t>(elements(shape)) * (whole ? sizeof(int64_t) : sizeof(float)),
              std::byte{0});
  return tensor;
}

ort::Session profiled_session(const std::string& path, const std::string& prefix) {
  OrtSessionOptions* raw = nullptr;
  ort::check(api().CreateSessionOptions(&raw), path);
  const ort::Options options(raw);
  ort::check(api().SetIntraOpNumThreads(raw, 1), path);
  ort::check(api().SetSessionGraphOptimizationLevel(raw, ORT_DISABLE_ALL), path);
  ort::check(api().EnableProfiling(raw, prefix.c_str()), path);
  OrtSession* opened = nullptr;
  ort::check(api().CreateSession(&ort::environment(), path.c_str(), raw, &opened),
             "'" + path + "' cannot be run as an ONNX file");
  return ort::Session(opened);
}

// Runs all outputs once.
void run_on_zeros(OrtSession& session, const std::map<std::string, int64_t>& sizes,
                  const std::string& path) {
  const auto inputs = ort::declared_inputs(session, path);
  const auto outputs = ort::declared_outputs(session, path);
  std::vector<const char*> in_names, out_names;
  std::vector<ort::Tensor> owners;
  std::vector<OrtValue*> in, out(outputs.size());
  for (const ort::Declared& input : inputs) {
    owners.push_back(zeros(input, sizes, path));
    in.push_back(owners.back().get());
    in_names.push_back(input.spec.name.c_str());
  }
  for (const ort::Declared& output : outputs) out_names.push_back(output.spec.name.c_str());
  ort::check(api().Run(&session, nullptr, in_names.data(), in.data(), in.size(), out_names.data(),
                       out.size(), out.data()),
             "'" + path + "' cannot answer zeros");
  for (OrtValue* value : out) owners.emplace_back(value);
}

// Ends the profile and returns what it says.
std::string take_profile(OrtSession& session, const std::string& path) {
  OrtAllocator* allocator = nullptr;
  ort::check(api().GetAllocatorWithDefaultOptions(&allocator), path);
  char* name = nullptr;
  ort::check(api().SessionEndProfiling(&session, allocator, &name), path);
  const std::string file = name;
  ort::check(api().AllocatorFree(allocator, name), path);
  const std::string text = read_file(file);
  std::filesystem::remove(file);
  return text;
}

}  // namespace

GraphFlops flops_of_profile(const std::string& profile_json) {
  GraphFlops flops;
  try {
    for (const json& event : json::parse(profile_json)) {
      if (!event.is_object() || event.value("cat", "") != "Node" || !event.contains("args")) {
        continue;
      }
      const json& arguments = event["args"];
      if (!event.value("name", "").ends_with("_kernel_time") || !arguments.contains("op_name")) {
        continue;
      }
      const double of_node = node_flops(arguments);
      if (of_node == 0) continue;
      flops.by_operator[arguments["op_name"]] += of_node;
      flops.total += of_node;
    }
  } catch (const json::exception& fault) {
    throw Error(std::string("profile of ONNX Runtime: ") + fault.what());
  }
  return flops;
}

GraphFlops count_flops(const std::string& path, const std::map<std::string, int64_t>& sizes,
                       const std::string& scratch) {
  const ort::Session session = profiled_session(path, scratch + "/flops");
  run_on_zeros(*session, sizes, path);
  const GraphFlops flops = flops_of_profile(take_profile(*session, path));
  return flops;
}

}  // namespace kaskad
