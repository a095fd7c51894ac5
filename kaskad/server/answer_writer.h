// What an answer is written into: JSON text (json_writer.h) or a message of gRPC. So an answer is
// told once, name by name, and each transport gives it its form. Commas and the like are the
// writer's affair; braces are balanced by the caller.
#pragma once

#include <concepts>
#include <cstdint>
#include <string_view>

namespace kaskad {

class AnswerWriter {
 public:
  virtual ~AnswerWriter() = default;

  virtual AnswerWriter& begin_object() = 0;
  virtual AnswerWriter& end_object() = 0;
  virtual AnswerWriter& begin_array() = 0;
  virtual AnswerWriter& end_array() = 0;
  virtual AnswerWriter& key(std::string_view name) = 0;

  // Bytes that are no UTF-8 (ids may be anything) become U+FFFD.
  virtual AnswerWriter& value(std::string_view text) = 0;
  AnswerWriter& value(const char* text) { return value(std::string_view(text)); }
  virtual AnswerWriter& value(float number) = 0;
  virtual AnswerWriter& value(bool truth) = 0;
  template <std::integral Integer>
    requires(!std::same_as<Integer, bool>)
  AnswerWriter& value(Integer number) {
    return whole(static_cast<int64_t>(number));
  }

  template <typename T>
  AnswerWriter& field(std::string_view name, const T& content) {
    key(name);
    return value(content);
  }

 protected:
  virtual AnswerWriter& whole(int64_t number) = 0;
};

}  // namespace kaskad
