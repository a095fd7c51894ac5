// The wire format of protobuf, as much of it as an ONNX file needs: a message is a row of fields,
// each a tag (field number and wire type) and a varint, four bytes, or a length and bytes.
// Called by graph.cc. https://protobuf.dev/programming-guides/encoding
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace kaskad {

// One message while it is written. A nested message is a Message of its own, added as bytes.
class Message {
 public:
  Message& integer(int field, int64_t value);
  Message& number(int field, float value);
  Message& bytes(int field, std::string_view value);
  Message& message(int field, const Message& value) { return bytes(field, value.text_); }

  const std::string& text() const { return text_; }

 private:
  void varint(uint64_t value);
  void tag(int field, int wire_type);

  std::string text_;
};

}  // namespace kaskad
