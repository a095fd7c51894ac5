// Reads protobuf messages back in tests: written on its own, so that it shares no mistake with
// kaskad/onnx/wire_format.cc.
#pragma once

#include <cstdint>
#include <cstring>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace kaskad {

// A field's value as it lies in the file: a varint, or the bytes of another wire type.
struct WireValue {
  uint64_t integer = 0;
  std::string_view bytes;
};

// Field number -> values in file order. The text must outlive it.
class WireMessage {
 public:
  explicit WireMessage(std::string_view text) {
    while (!text.empty()) read_field(text);
  }

  size_t count(uint64_t field) const {
    const auto found = fields_.find(field);
    return found == fields_.end() ? 0 : found->second.size();
  }
  uint64_t integer(uint64_t field, size_t i = 0) const { return at(field, i).integer; }
  std::string bytes(uint64_t field, size_t i = 0) const { return std::string(at(field, i).bytes); }
  WireMessage message(uint64_t field, size_t i = 0) const {
    return WireMessage(at(field, i).bytes);
  }
  float number(uint64_t field) const {
    float value = 0;
    std::memcpy(&value, at(field, 0).bytes.data(), sizeof value);
    return value;
  }

 private:
  const WireValue& at(uint64_t field, size_t i) const { return fields_.at(field).at(i); }

  static uint64_t varint(std::string_view& text) {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (text.empty()) throw std::runtime_error("cut inside a varint");
      const auto byte = static_cast<unsigned char>(text.front());
      text.remove_prefix(1);
      value |= static_cast<uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return value;
    }
    throw std::runtime_error("a varint of more than ten bytes");
  }

  static std::string_view take(std::string_view& text, size_t size) {
    if (size > text.size()) throw std::runtime_error("cut inside a field");
    const std::string_view taken = text.substr(0, size);
    text.remove_prefix(size);
    return taken;
  }

  void read_field(std::string_view& text) {
    const uint64_t tag = varint(text);
    WireValue value;
    switch (tag & 7) {
      case 0:
        value.integer = varint(text);
        break;
      case 2:
        value.bytes = take(text, varint(text));
        break;
      case 5:
        value.bytes = take(text, 4);
        break;
      default:
        throw std::runtime_error("wire type " + std::to_string(tag & 7));
    }
    fields_[tag >> 3].push_back(value);
  }

  std::map<uint64_t, std::vector<WireValue>> fields_;
};

}  // namespace kaskad
