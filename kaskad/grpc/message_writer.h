// An answer written into a message whose fields have the answer's names: proto/kaskad.proto follows
// the JSON of docs/http.md, so that what is told once has both forms. A name that the message lacks
// is a fault of ours. Private to the folder.
#pragma once

#include <google/protobuf/message.h>

#include <string>
#include <string_view>
#include <vector>

#include "kaskad/server/answer_writer.h"

namespace kaskad {

// An object is a message, or the entries of a map; a list is a repeated field.
class MessageWriter final : public AnswerWriter {
 public:
  explicit MessageWriter(google::protobuf::Message& message) : root_(message) {}

  MessageWriter& begin_object() override;
  MessageWriter& end_object() override;
  MessageWriter& begin_array() override;
  MessageWriter& end_array() override { return *this; }
  MessageWriter& key(std::string_view name) override;

  using AnswerWriter::value;
  MessageWriter& value(std::string_view text) override;
  MessageWriter& value(float number) override;
  MessageWriter& value(bool truth) override;

 private:
  using Field = google::protobuf::FieldDescriptor;
  struct Object {
    google::protobuf::Message* message;
    const Field* field = nullptr;  // that key() named last
    bool is_map = false;           // the entries of `field`
  };

  MessageWriter& whole(int64_t number) override;
  template <typename Put>
  MessageWriter& put(const Put& put_into);

  google::protobuf::Message& root_;
  std::vector<Object> open_;  // the innermost last
  std::string map_key_;
};

}  // namespace kaskad
