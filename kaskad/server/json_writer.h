// Appends JSON to a string as it goes: responses are written once and never held as a tree.
#pragma once

#include <string>
#include <string_view>

#include "kaskad/server/answer_writer.h"

namespace kaskad {

class JsonWriter final : public AnswerWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& begin_object() override { return open('{'); }
  JsonWriter& end_object() override { return close('}'); }
  JsonWriter& begin_array() override { return open('['); }
  JsonWriter& end_array() override { return close(']'); }
  JsonWriter& key(std::string_view name) override;

  using AnswerWriter::value;
  JsonWriter& value(std::string_view text) override;
  JsonWriter& value(float number) override;  // the shortest text that reads back equal, or null
  JsonWriter& value(bool truth) override;

 private:
  JsonWriter& whole(int64_t number) override;
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  void comma();
  void quoted(std::string_view text);

  std::string& out_;
  bool needs_comma_ = false;
};

}  // namespace kaskad
