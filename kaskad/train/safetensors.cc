#include "kaskad/train/safetensors.h"

#include <array>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>
#include <vector>

#include "kaskad/core/file.h"

namespace kaskad::train {
namespace {

using json = nlohmann::json;

constexpr std::array<std::pair<torch::ScalarType, std::string_view>, 6> kTypes{
    {{torch::kFloat32, "F32"},
     {torch::kFloat64, "F64"},
     {torch::kInt64, "I64"},
     {torch::kInt32, "I32"},
     {torch::kBool, "BOOL"},
     {torch::kUInt8, "U8"}}};

std::string type_name(torch::ScalarType type) {
  for (const auto& [known, name] : kTypes) {
    if (known == type) return std::string(name);
  }
  KASKAD_ASSERT(false);
  return {};
}

Error damaged(const std::string& path, const std::string& found, const std::string& expected) {
  return data_error(path, 0, "", found, expected);
}

torch::Tensor read_tensor(const std::string& path, const std::string& name, const json& entry,
                          std::span<const std::byte> values) {
  const auto type = entry.at("dtype").get<std::string>();
  const auto shape = entry.at("shape").get<std::vector<int64_t>>();
  const auto place = entry.at("data_offsets").get<std::array<size_t, 2>>();
  for (const auto& [known, known_name] : kTypes) {
    if (known_name != type) continue;
    torch::Tensor tensor = torch::empty(shape, known);
    if (place[0] > place[1] || place[1] > values.size() || place[1] - place[0] != tensor.nbytes()) {
      throw damaged(path, "the tensor '" + name + "' beyond the end of the file", "a whole file");
    }
    std::memcpy(tensor.data_ptr(), values.data() + place[0], tensor.nbytes());
    return tensor;
  }
  throw damaged(path, "the type " + type, "F32, F64, I64, I32, BOOL or U8");
}

}  // namespace

void write_safetensors(const std::string& path, const NamedTensors& tensors) {
  json header = json::object();
  size_t end = 0;
  for (const auto& [name, tensor] : tensors) {
    const size_t begin = std::exchange(end, end + tensor.nbytes());
    header[name] = {{"dtype", type_name(tensor.scalar_type())},
                    {"shape", std::vector<int64_t>(tensor.sizes().begin(), tensor.sizes().end())},
                    {"data_offsets", {begin, end}}};
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');  // the values are aligned
  const uint64_t length = text.size();
  FileWriter file(path);
  file.write(&length, sizeof(length));
  file.write(text);
  for (const auto& [name, tensor] : tensors) {
    const torch::Tensor values = tensor.detach().cpu().contiguous();
    file.write(values.data_ptr(), values.nbytes());
  }
  file.close();
}

NamedTensors read_safetensors(const std::string& path) {
  const MappedFile file(path);
  const std::span<const std::byte> bytes(file.data(), file.size());
  uint64_t length = 0;
  if (bytes.size() >= sizeof(length)) std::memcpy(&length, bytes.data(), sizeof(length));
  if (bytes.size() < sizeof(length) || length > bytes.size() - sizeof(length)) {
    throw damaged(path, std::to_string(bytes.size()) + " bytes", "a safetensors file");
  }
  const char* text = reinterpret_cast<const char*>(bytes.data()) + sizeof(length);
  NamedTensors tensors;
  try {
    const json header = json::parse(text, text + length);
    const auto values = bytes.subspan(sizeof(length) + length);
    for (const auto& [name, entry] : header.items()) {
      if (name != "__metadata__") tensors[name] = read_tensor(path, name, entry, values);
    }
  } catch (const json::exception& fault) {
    throw damaged(path, fault.what(), "the header of a safetensors file");
  }
  return tensors;
}

}  // namespace kaskad::train
