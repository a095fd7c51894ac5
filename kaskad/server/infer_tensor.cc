#include "kaskad/server/infer_tensor.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

#include "kaskad/core/error.h"

namespace kaskad {
namespace {

constexpr std::pair<const char*, ElementType> kDatatypes[] = {
    {"BOOL", ElementType::kBool},     {"FP16", ElementType::kFloat16},
    {"FP32", ElementType::kFloat},    {"FP64", ElementType::kDouble},
    {"INT8", ElementType::kInt8},     {"INT16", ElementType::kInt16},
    {"INT32", ElementType::kInt32},   {"INT64", ElementType::kInt64},
    {"UINT8", ElementType::kUInt8},   {"UINT16", ElementType::kUInt16},
    {"UINT32", ElementType::kUInt32}, {"UINT64", ElementType::kUInt64}};

// Calls `action` with a value of the C++ type behind `type`.
template <typename Action>
auto with_type(ElementType type, const Action& action) {
  switch (type) {
    case ElementType::kBool:
      return action(bool{});
    case ElementType::kFloat16:
      return action(_Float16{});
    case ElementType::kFloat:
      return action(float{});
    case ElementType::kDouble:
      return action(double{});
    case ElementType::kInt8:
      return action(int8_t{});
    case ElementType::kInt16:
      return action(int16_t{});
    case ElementType::kInt32:
      return action(int32_t{});
    case ElementType::kInt64:
      return action(int64_t{});
    case ElementType::kUInt8:
      return action(uint8_t{});
    case ElementType::kUInt16:
      return action(uint16_t{});
    case ElementType::kUInt32:
      return action(uint32_t{});
    case ElementType::kUInt64:
      return action(uint64_t{});
    case ElementType::kNoTensor:
    case ElementType::kOther:
      break;
  }
  assertion_failed("a type of kDatatypes", __FILE__, __LINE__);
}

bool ends_value(char c) {
  return c == ',' || c == ']' || c == '[' || static_cast<uint8_t>(c) <= ' ';
}

// Reads one number at `at` and moves behind it; false where there is none of this type.
template <typename T>
bool read_number(const char*& at, const char* end, T& value) {
  // from_chars would take "inf" and "nan", which are no JSON.
  const bool digit = at != end && (*at == '-' || (*at >= '0' && *at <= '9'));
  if (!digit) return false;
  const auto [behind, code] = std::from_chars(at, end, value);
  if (code != std::errc() || (behind != end && !ends_value(*behind))) return false;
  at = behind;
  return true;
}

bool read_number(const char*& at, const char* end, _Float16& value) {
  float wide = 0;
  if (!read_number(at, end, wide) || std::abs(wide) >= 65520) return false;  // rounds to infinity
  value = static_cast<_Float16>(wide);
  return true;
}

bool read_number(const char*& at, const char* end, bool& value) {
  const std::string_view rest(at, static_cast<size_t>(end - at));
  for (const auto& [text, truth] : {std::pair<std::string_view, bool>{"true", true},
                                    {"false", false},
                                    {"1", true},
                                    {"0", false}}) {
    if (!rest.starts_with(text)) continue;
    if (rest.size() > text.size() && !ends_value(rest[text.size()])) return false;
    at += text.size();
    value = truth;
    return true;
  }
  return false;
}

std::string found_at(const char* at, const char* end) {
  const char* behind = at;
  while (behind != end && behind - at < 40 && (behind == at || !ends_value(*behind))) ++behind;
  return behind == at ? "nothing" : std::string(at, behind);
}

// Where the brackets and commas stand is the JSON parser's affair no more: a value is expected
// after '[' or ',', anything else after a value.
template <typename T>
std::optional<std::string> read_values(std::string_view array, ElementType type,
                                       std::vector<std::byte>& out) {
  const char *at = array.data(), *const end = at + array.size();
  size_t count = 0, depth = 0;
  bool wants_value = true;  // here, or a further '['
  const auto fault = [&] {
    return "value " + std::to_string(count) + ": found " + found_at(at, end) + ", expected " +
           datatype_name(type);
  };
  out.resize(array.size() / 2 * sizeof(T) + sizeof(T));  // a value and a comma each
  for (; at != end;) {
    const char c = *at;
    if (static_cast<uint8_t>(c) <= ' ') {
      ++at;
    } else if (c == '[') {
      if (!wants_value) return fault();
      ++depth;
      ++at;
    } else if (c == ']') {
      const bool empty = wants_value && at[-1] == '[';
      if (depth == 0 || (wants_value && !empty)) return fault();
      --depth;
      ++at;
      wants_value = false;
    } else if (c == ',') {
      if (wants_value || depth == 0) return fault();
      wants_value = true;
      ++at;
    } else {
      T value{};
      if (!wants_value || depth == 0 || !read_number(at, end, value)) return fault();
      std::memcpy(out.data() + count++ * sizeof(T), &value, sizeof(T));
      wants_value = false;
    }
  }
  out.resize(count * sizeof(T));
  return depth == 0 ? std::nullopt : std::optional(fault());
}

template <typename T>
void append_value(T value, std::string& out) {
  char text[32];
  out.append(text, std::to_chars(text, text + sizeof(text), value).ptr);
}

template <typename T>
void write_values(std::span<const std::byte> bytes, std::string& out) {
  const std::span values(reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T));
  out.reserve(out.size() + values.size() * 12 + 2);
  out += '[';
  for (const T value : values) {
    if (out.back() != '[') out += ',';
    if constexpr (std::is_same_v<T, bool>) {
      out += value ? "true" : "false";
    } else if constexpr (std::is_integral_v<T>) {
      append_value(value, out);
    } else {
      using Wide = std::conditional_t<std::is_same_v<T, double>, double, float>;
      const auto wide = static_cast<Wide>(value);
      std::isfinite(wide) ? append_value(wide, out) : void(out += "null");
    }
  }
  out += ']';
}

}  // namespace

const char* datatype_name(ElementType type) {
  for (const auto& [name, known] : kDatatypes) {
    if (known == type) return name;
  }
  return "BYTES";
}

std::optional<ElementType> datatype_called(std::string_view name) {
  for (const auto& [known, type] : kDatatypes) {
    if (known == name) return type;
  }
  return std::nullopt;
}

std::string datatype_names() {
  std::string names;
  for (const auto& [name, type] : kDatatypes)
    names += (names.empty() ? "" : ", ") + std::string(name);
  return names;
}

std::string datatype_text(ElementType type, const std::vector<int64_t>& shape) {
  return std::string(datatype_name(type)) + " " + shape_text(shape);
}

std::optional<size_t> byte_size(ElementType type, const std::vector<int64_t>& shape) {
  size_t bytes = element_size(type);
  for (const int64_t length : shape) {
    if (__builtin_mul_overflow(bytes, static_cast<size_t>(length), &bytes)) return std::nullopt;
  }
  return bytes;
}

std::optional<std::string> read_tensor_json(std::string_view array, ElementType type,
                                            std::vector<std::byte>& out) {
  return with_type(type, [&]<typename T>(T) { return read_values<T>(array, type, out); });
}

void write_tensor_json(ElementType type, std::span<const std::byte> bytes, std::string& out) {
  with_type(type, [&]<typename T>(T) { write_values<T>(bytes, out); });
}

}  // namespace kaskad
