// NumPy's .npy files (format 1.0, little endian, C order): what models keep their arrays in, so
// that Python reads them with np.load(path, mmap_mode="r"). Written at once, read by mapping.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "kaskad/core/file.h"

namespace kaskad {

// NumPy's name of a type: "<f4", "<u8", "|u1". Enums (ItemId, UserId) are stored as their integer.
template <typename T>
constexpr std::string_view npy_type() {
  if constexpr (std::is_enum_v<T>) {
    return npy_type<std::underlying_type_t<T>>();
  } else if constexpr (std::is_floating_point_v<T>) {
    static_assert(sizeof(T) == 4 || sizeof(T) == 8);
    return sizeof(T) == 4 ? "<f4" : "<f8";
  } else {
    static_assert(std::is_integral_v<T> && !std::is_same_v<T, bool>);
    constexpr std::string_view kSigned[] = {"|i1", "<i2", "<i4", "<i8"};
    constexpr std::string_view kUnsigned[] = {"|u1", "<u2", "<u4", "<u8"};
    constexpr int log_size = sizeof(T) == 1 ? 0 : sizeof(T) == 2 ? 1 : sizeof(T) == 4 ? 2 : 3;
    return std::is_signed_v<T> ? kSigned[log_size] : kUnsigned[log_size];
  }
}

// An array of any type in a mapped file. Throws Error when the file is no .npy, is shorter or
// longer than its header says, or holds another type than `type`.
class NpyArray {
 public:
  NpyArray() = default;
  NpyArray(const std::string& path, std::string_view type);

  const std::byte* data() const { return file_.data() + offset_; }
  size_t size() const { return size_; }  // elements
  const std::vector<size_t>& shape() const { return shape_; }
  const std::string& path() const { return file_.path(); }

 private:
  MappedFile file_;
  std::vector<size_t> shape_;
  size_t offset_ = 0;
  size_t size_ = 0;
};

// Read-only; values() lives as long as the object, also after it is moved. Thread-safe.
template <typename T>
class NpyFile {
 public:
  NpyFile() = default;
  explicit NpyFile(const std::string& path) : array_(path, npy_type<T>()) {}

  std::span<const T> values() const {
    if (array_.size() == 0) return {};
    return {reinterpret_cast<const T*>(array_.data()), array_.size()};
  }
  const std::vector<size_t>& shape() const { return array_.shape(); }
  size_t size() const { return array_.size(); }
  const std::string& path() const { return array_.path(); }

 private:
  NpyArray array_;
};

// The header alone, for arrays that are written in pieces: the elements follow it.
std::string npy_header(std::string_view type, std::span<const size_t> shape);

void write_npy_bytes(const std::string& path, std::string_view type, const void* data, size_t bytes,
                     std::span<const size_t> shape);

// `shape` empty: one dimension. The product of `shape` must be the number of values.
template <typename T>
void write_npy(const std::string& path, std::span<const T> values,
               const std::vector<size_t>& shape = {}) {
  size_t product = 1;
  for (const size_t length : shape) product *= length;
  KASKAD_ASSERT(shape.empty() || product == values.size());
  const size_t flat[] = {values.size()};
  write_npy_bytes(path, npy_type<T>(), values.data(), values.size_bytes(),
                  shape.empty() ? std::span<const size_t>(flat) : std::span<const size_t>(shape));
}

template <typename T>
void write_npy(const std::string& path, const std::vector<T>& values,
               const std::vector<size_t>& shape = {}) {
  write_npy(path, std::span<const T>(values), shape);
}

}  // namespace kaskad
