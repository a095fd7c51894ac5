#include "kaskad/core/npy.h"

#include <bit>
#include <charconv>
#include <cstring>
#include <limits>

namespace kaskad {
namespace {

static_assert(std::endian::native == std::endian::little, "arrays are stored as they are");

constexpr std::string_view kMagic("\x93NUMPY\x01\x00", 8);
constexpr size_t kPreamble = 10;  // magic, version, 16 bits of header length
constexpr size_t kAlignment = 64;

Error damaged(const std::string& path, const std::string& why) {
  return Error("'" + path + "' is damaged or no .npy array: " + why);
}

// The text after `'key':` in a header such as
// {'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }
std::string_view after_key(const std::string& path, std::string_view header, std::string_view key) {
  const size_t at = header.find("'" + std::string(key) + "':");
  if (at == std::string_view::npos) throw damaged(path, "no '" + std::string(key) + "'");
  header.remove_prefix(at + key.size() + 3);
  while (header.starts_with(' ')) header.remove_prefix(1);
  return header;
}

std::vector<size_t> parse_shape(const std::string& path, std::string_view text) {
  std::vector<size_t> shape;
  if (!text.starts_with('(')) throw damaged(path, "its shape is no tuple");
  for (text.remove_prefix(1); !text.starts_with(')');) {
    size_t length = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), length);
    if (failure != std::errc()) throw damaged(path, "its shape is no tuple of numbers");
    shape.push_back(length);
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    while (text.starts_with(',') || text.starts_with(' ')) text.remove_prefix(1);
  }
  return shape;
}

// Throws when the product of the lengths does not fit.
size_t count_elements(const std::string& path, const std::vector<size_t>& shape) {
  size_t count = 1;
  for (const size_t length : shape) {
    if (length > 0 && count > std::numeric_limits<size_t>::max() / 16 / length) {
      throw damaged(path, "its shape is too large");
    }
    count *= length;
  }
  return count;
}

}  // namespace

NpyArray::NpyArray(const std::string& path, std::string_view type) : file_(path) {
  const char* bytes = reinterpret_cast<const char*>(file_.data());
  if (file_.size() < kPreamble || std::string_view(bytes, kMagic.size()) != kMagic) {
    throw damaged(path, "it does not begin with the mark of .npy 1.0");
  }
  uint16_t header_length = 0;
  std::memcpy(&header_length, bytes + kMagic.size(), sizeof(header_length));
  offset_ = kPreamble + header_length;
  if (file_.size() < offset_) throw damaged(path, "it ends within its header");
  const std::string_view header(bytes + kPreamble, header_length);

  const std::string_view found = after_key(path, header, "descr");
  if (!found.starts_with("'" + std::string(type) + "'")) {
    throw data_error(path, 0, "", "elements of type " + std::string(found.substr(0, 5)),
                     "'" + std::string(type) + "'");
  }
  shape_ = parse_shape(path, after_key(path, header, "shape"));
  if (shape_.size() > 1 && !after_key(path, header, "fortran_order").starts_with("False")) {
    throw data_error(path, 0, "", "column-major order", "row-major");
  }
  size_ = count_elements(path, shape_);
  const size_t element = static_cast<size_t>(type[2] - '0');
  if (offset_ + size_ * element != file_.size()) {
    throw damaged(path, std::to_string(file_.size()) + " bytes, its header promises " +
                            std::to_string(offset_ + size_ * element));
  }
}

std::string npy_header(std::string_view type, std::span<const size_t> shape) {
  std::string dictionary =
      "{'descr': '" + std::string(type) + "', 'fortran_order': False, 'shape': (";
  for (size_t i = 0; i < shape.size(); ++i) {
    if (i > 0) dictionary += ", ";
    dictionary += std::to_string(shape[i]);
  }
  dictionary += shape.size() == 1 ? ",), }" : "), }";
  // The array begins at a multiple of 64, so that mapped elements are aligned.
  const size_t unpadded = kPreamble + dictionary.size() + 1;
  dictionary.append((kAlignment - unpadded % kAlignment) % kAlignment, ' ');
  dictionary += '\n';

  const auto length = static_cast<uint16_t>(dictionary.size());
  std::string header(kMagic);
  header.append(reinterpret_cast<const char*>(&length), sizeof(length));
  return header + dictionary;
}

void write_npy_bytes(const std::string& path, std::string_view type, const void* data, size_t bytes,
                     std::span<const size_t> shape) {
  FileWriter writer(path);
  writer.write(npy_header(type, shape));
  writer.write(data, bytes);
  writer.close();
}

}  // namespace kaskad
