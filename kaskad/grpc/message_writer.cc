#include "kaskad/grpc/message_writer.h"

#include "kaskad/core/error.h"
#include "kaskad/server/utf8.h"

namespace kaskad {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// A value of an enumeration is told by its name.
void put_text(Message& message, const FieldDescriptor* field, const std::string& text) {
  const auto* reflection = message.GetReflection();
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
    const auto* value = field->enum_type()->FindValueByName(text);
    KASKAD_ASSERT(value && !field->is_repeated());
    return reflection->SetEnum(&message, field, value);
  }
  field->is_repeated() ? reflection->AddString(&message, field, text)
                       : reflection->SetString(&message, field, text);
}

void put_float(Message& message, const FieldDescriptor* field, float number) {
  const auto* reflection = message.GetReflection();
  field->is_repeated() ? reflection->AddFloat(&message, field, number)
                       : reflection->SetFloat(&message, field, number);
}

void put_bool(Message& message, const FieldDescriptor* field, bool truth) {
  KASKAD_ASSERT(!field->is_repeated());
  message.GetReflection()->SetBool(&message, field, truth);
}

void put_whole(Message& message, const FieldDescriptor* field, int64_t number) {
  const auto* reflection = message.GetReflection();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT64:
      return field->is_repeated() ? reflection->AddInt64(&message, field, number)
                                  : reflection->SetInt64(&message, field, number);
    case FieldDescriptor::CPPTYPE_UINT64:
      return reflection->SetUInt64(&message, field, static_cast<uint64_t>(number));
    case FieldDescriptor::CPPTYPE_INT32:
      return reflection->SetInt32(&message, field, static_cast<int32_t>(number));
    case FieldDescriptor::CPPTYPE_UINT32:
      return reflection->SetUInt32(&message, field, static_cast<uint32_t>(number));
    default:
      assertion_failed("a field of whole numbers", __FILE__, __LINE__);
  }
}

}  // namespace

MessageWriter& MessageWriter::begin_object() {
  if (open_.empty()) {
    open_.push_back({&root_});
    return *this;
  }
  const Object outer = open_.back();
  if (outer.field->is_map()) {
    open_.push_back({outer.message, outer.field, true});
    return *this;
  }
  const auto* reflection = outer.message->GetReflection();
  open_.push_back({outer.field->is_repeated()
                       ? reflection->AddMessage(outer.message, outer.field)
                       : reflection->MutableMessage(outer.message, outer.field)});
  return *this;
}

MessageWriter& MessageWriter::end_object() {
  open_.pop_back();
  return *this;
}

MessageWriter& MessageWriter::begin_array() {
  KASKAD_ASSERT(open_.back().field->is_repeated());
  return *this;
}

MessageWriter& MessageWriter::key(std::string_view name) {
  Object& object = open_.back();
  if (object.is_map) {
    map_key_ = to_utf8(name);
    return *this;
  }
  object.field = object.message->GetDescriptor()->FindFieldByName(std::string(name));
  KASKAD_ASSERT(object.field);
  return *this;
}

// `put_into` takes a message and the field of it that the value becomes, or is added to.
template <typename Put>
MessageWriter& MessageWriter::put(const Put& put_into) {
  const Object& object = open_.back();
  if (!object.is_map) {
    put_into(*object.message, object.field);
    return *this;
  }
  Message* entry = object.message->GetReflection()->AddMessage(object.message, object.field);
  const auto* parts = object.field->message_type();
  put_text(*entry, parts->map_key(), map_key_);
  put_into(*entry, parts->map_value());
  return *this;
}

MessageWriter& MessageWriter::value(std::string_view text) {
  return put([&](Message& message, const FieldDescriptor* field) {
    put_text(message, field, to_utf8(text));
  });
}

MessageWriter& MessageWriter::value(float number) {
  return put(
      [&](Message& message, const FieldDescriptor* field) { put_float(message, field, number); });
}

MessageWriter& MessageWriter::value(bool truth) {
  return put(
      [&](Message& message, const FieldDescriptor* field) { put_bool(message, field, truth); });
}

MessageWriter& MessageWriter::whole(int64_t number) {
  return put(
      [&](Message& message, const FieldDescriptor* field) { put_whole(message, field, number); });
}

}  // namespace kaskad
