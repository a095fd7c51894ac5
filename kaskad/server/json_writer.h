// Appends JSON to a string as it goes: responses are written once and never held as a tree.
// Commas are put by the writer; braces are balanced by the caller.
#pragma once

#include <concepts>
#include <string>
#include <string_view>

namespace kaskad {

class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(std::string_view name);

  // Bytes that are no UTF-8 (ids may be anything) become U+FFFD.
  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(float number);  // the shortest text that reads back equal; no number: null
  JsonWriter& value(bool truth);
  template <std::integral Integer>
    requires(!std::same_as<Integer, bool>)
  JsonWriter& value(Integer number) {
    comma();
    out_ += std::to_string(number);
    return *this;
  }

  template <typename T>
  JsonWriter& field(std::string_view name, const T& content) {
    key(name);
    return value(content);
  }

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  void comma();
  void quoted(std::string_view text);

  std::string& out_;
  bool needs_comma_ = false;
};

}  // namespace kaskad
