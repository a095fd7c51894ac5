#include "kaskad/onnx/wire_format.h"

#include <bit>

namespace kaskad {
namespace {

// Wire types.
constexpr int kVarint = 0;
constexpr int kLengthDelimited = 2;
constexpr int kFourBytes = 5;

}  // namespace

Message& Message::integer(int field, int64_t value) {
  tag(field, kVarint);
  varint(static_cast<uint64_t>(value));  // negative numbers take ten bytes, as protobuf's int64
  return *this;
}

Message& Message::number(int field, float value) {
  tag(field, kFourBytes);
  const auto bits = std::bit_cast<uint32_t>(value);
  for (int shift = 0; shift < 32; shift += 8) text_ += static_cast<char>(bits >> shift & 0xFF);
  return *this;
}

Message& Message::bytes(int field, std::string_view value) {
  tag(field, kLengthDelimited);
  varint(value.size());
  text_ += value;
  return *this;
}

// Seven bits a byte, the lowest first; the top bit says that more follow.
void Message::varint(uint64_t value) {
  while (value >= 0x80) {
    text_ += static_cast<char>((value & 0x7F) | 0x80);
    value >>= 7;
  }
  text_ += static_cast<char>(value);
}

void Message::tag(int field, int wire_type) {
  varint(static_cast<uint64_t>(field) << 3 | static_cast<uint64_t>(wire_type));
}

}  // namespace kaskad
