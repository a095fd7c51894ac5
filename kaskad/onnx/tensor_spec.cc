#include "kaskad/onnx/tensor_spec.h"

#include "kaskad/core/error.h"

namespace kaskad {
namespace {

// ONNX Runtime numbers the types as ONNX does.
ElementType type_of(ONNXTensorElementDataType type) {
  const auto known = static_cast<ElementType>(type);
  return element_size(known) > 0 ? known : ElementType::kOther;
}

Error mismatch(const std::string& path, const char* role, const TensorSpec& spec,
               const std::string& given) {
  return Error("'" + path + "', " + role + " '" + spec.name + "': given " + given +
               ", the file declares " + spec.to_string());
}

// The number of elements, or -1 when a dimension is negative or the product does not fit.
int64_t count_elements(const std::vector<int64_t>& shape) {
  int64_t count = 1;
  for (const int64_t length : shape) {
    if (length < 0 || __builtin_mul_overflow(count, length, &count)) return -1;
  }
  return count;
}

}  // namespace

std::string TensorSpec::to_string() const {
  if (type == Type::kNoTensor) return name + " " + element_name(type);
  return name + " " + element_name(type) + " " + (has_shape ? shape_text(shape) : "(...)");
}

namespace ort {
namespace {

// Names that ONNX Runtime allocates.
struct FreeName {
  OrtAllocator* allocator;
  void operator()(char* name) const { allocator->Free(allocator, name); }
};

Declared read_declaration(const OrtTypeInfo& type, std::string name, const std::string& path) {
  Declared declared;
  declared.spec.name = std::move(name);
  declared.spec.type = TensorSpec::Type::kNoTensor;
  declared.spec.has_shape = false;
  const OrtTensorTypeAndShapeInfo* tensor = nullptr;
  check(api().CastTypeInfoToTensorInfo(&type, &tensor), path);
  if (tensor == nullptr) return declared;
  ONNXTensorElementDataType element{};
  check(api().GetTensorElementType(tensor, &element), path);
  declared.spec.type = type_of(element);
  declared.spec.has_shape = api().TensorTypeAndShape_HasShape(tensor);
  size_t rank = 0;
  check(api().GetDimensionsCount(tensor, &rank), path);
  declared.spec.shape.resize(rank);
  check(api().GetDimensions(tensor, declared.spec.shape.data(), rank), path);
  std::vector<const char*> symbols(rank);
  check(api().GetSymbolicDimensions(tensor, symbols.data(), rank), path);
  declared.symbols.assign(symbols.begin(), symbols.end());
  return declared;
}

using CountOf = decltype(OrtApi::SessionGetInputCount);
using NameOf = decltype(OrtApi::SessionGetInputName);
using TypeOf = decltype(OrtApi::SessionGetInputTypeInfo);

std::vector<Declared> read_declarations(const OrtSession& session, const std::string& path,
                                        CountOf count_of, NameOf name_of, TypeOf type_of_entry) {
  OrtAllocator* allocator = nullptr;
  check(api().GetAllocatorWithDefaultOptions(&allocator), path);
  size_t count = 0;
  check(count_of(&session, &count), path);
  std::vector<Declared> all;
  for (size_t i = 0; i < count; ++i) {
    char* name = nullptr;
    check(name_of(&session, i, allocator, &name), path);
    const std::unique_ptr<char, FreeName> name_owner(name, FreeName{allocator});
    OrtTypeInfo* type = nullptr;
    check(type_of_entry(&session, i, &type), path);
    const TypeInfo type_owner(type);
    all.push_back(read_declaration(*type, name, path));
  }
  return all;
}

// Whether every dimension of `given` is what the file and the other inputs ask for.
bool bind_dimensions(const Declared& declared, const std::vector<int64_t>& given,
                     Bindings& bindings) {
  if (!declared.spec.has_shape) return true;
  if (given.size() != declared.spec.shape.size()) return false;
  for (size_t i = 0; i < given.size(); ++i) {
    const int64_t fixed = declared.spec.shape[i];
    if (fixed >= 0 && fixed != given[i]) return false;
    if (fixed >= 0 || declared.symbols[i].empty()) continue;
    const auto [bound, is_new] = bindings.emplace(declared.symbols[i], given[i]);
    if (!is_new && bound->second != given[i]) return false;
  }
  return true;
}

}  // namespace

std::vector<Declared> declared_inputs(const OrtSession& session, const std::string& path) {
  return read_declarations(session, path, api().SessionGetInputCount, api().SessionGetInputName,
                           api().SessionGetInputTypeInfo);
}

std::vector<Declared> declared_outputs(const OrtSession& session, const std::string& path) {
  return read_declarations(session, path, api().SessionGetOutputCount, api().SessionGetOutputName,
                           api().SessionGetOutputTypeInfo);
}

void check_input(const std::string& path, const Declared& declared, const Given& given,
                 Bindings& bindings) {
  const std::string text = std::string(element_name(given.type)) + " " + shape_text(given.shape);
  if (count_elements(given.shape) != static_cast<int64_t>(given.size)) {
    throw mismatch(path, "input", declared.spec,
                   text + " with " + std::to_string(given.size) + " values");
  }
  if (given.type != declared.spec.type || !bind_dimensions(declared, given.shape, bindings)) {
    throw mismatch(path, "input", declared.spec, text);
  }
}

std::optional<std::vector<int64_t>> output_shape(const std::string& path, const Declared& declared,
                                                 const Bindings& bindings, size_t size) {
  if (declared.spec.type != TensorSpec::Type::kFloat) {
    throw mismatch(path, "output", declared.spec, "room for float values");
  }
  if (!declared.spec.has_shape) return std::nullopt;
  std::vector<int64_t> shape = declared.spec.shape;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] >= 0) continue;
    const auto bound = bindings.find(declared.symbols[i]);
    if (bound == bindings.end()) return std::nullopt;
    shape[i] = bound->second;
  }
  if (count_elements(shape) != static_cast<int64_t>(size)) {
    throw mismatch(path, "output", declared.spec,
                   "room for " + std::to_string(size) + " values, now " + shape_text(shape));
  }
  return shape;
}

}  // namespace ort
}  // namespace kaskad
