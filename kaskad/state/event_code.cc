#include "kaskad/state/event_code.h"

#include <bit>
#include <cstring>

#include "kaskad/core/hash.h"

namespace kaskad::event_code {
namespace {

constexpr uint64_t kSign = uint64_t{1} << 63;

void put_big_endian(std::string& bytes, uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(number >> shift));
}

uint64_t big_endian(std::string_view bytes) {
  uint64_t number = 0;
  for (const char byte : bytes.substr(0, 8)) number = number << 8 | static_cast<uint8_t>(byte);
  return number;
}

void put_length(std::string& bytes, size_t length) {
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(length >> shift));
}

void put_text(std::string& bytes, std::string_view text) {
  put_length(bytes, text.size());
  bytes += text;
}

// Takes a text off the front; false when there is none.
bool take_text(std::string_view& bytes, std::string& text) {
  if (bytes.size() < 4) return false;
  size_t length = 0;
  for (const char byte : bytes.substr(0, 4)) length = length << 8 | static_cast<uint8_t>(byte);
  bytes.remove_prefix(4);
  if (bytes.size() < length) return false;
  text = bytes.substr(0, length);
  bytes.remove_prefix(length);
  return true;
}

}  // namespace

std::string encode_number(int64_t number) {
  std::string bytes;
  put_big_endian(bytes, static_cast<uint64_t>(number) ^ kSign);
  return bytes;
}

int64_t decode_number(std::string_view bytes) {
  return static_cast<int64_t>(big_endian(bytes) ^ kSign);
}

void put_place(std::string& bytes, const Place& place) {
  bytes += encode_number(place.time);
  put_big_endian(bytes, place.arrival);
}

Place place_of(std::string_view bytes) {
  bytes.remove_prefix(bytes.size() - kPlaceBytes);
  return {decode_number(bytes), big_endian(bytes.substr(8))};
}

// The length comes first, so that no user's prefix is that of another.
std::string history_prefix(std::string_view user_id) {
  std::string key(1, kHistory);
  put_text(key, user_id);
  return key;
}

std::string history_key(std::string_view user_id, const Place& place) {
  std::string key = history_prefix(user_id);
  put_place(key, place);
  return key;
}

std::string time_key(const Place& place) {
  std::string key(1, kTime);
  put_place(key, place);
  return key;
}

std::string identity_key(const LiveEvent& event) {
  std::string identity;
  put_text(identity, event.user_id);
  put_text(identity, event.id);
  if (event.id.empty()) {
    identity += encode_number(event.time);
    identity += encode_event(event);
  }
  return kIdentity + hash_bytes(identity.data(), identity.size());
}

std::string count_key(std::string_view user_id) { return kCount + std::string(user_id); }

std::string deleted_key(std::string_view user_id) {
  return kDeleted + hash_bytes(user_id.data(), user_id.size());
}

std::string encode_event(const LiveEvent& event) {
  std::string bytes;
  for (const std::string* text :
       {&event.id, &event.item_id, &event.action, &event.query, &event.request_id}) {
    put_text(bytes, *text);
  }
  put_length(bytes, std::bit_cast<uint32_t>(event.weight));
  return bytes;
}

std::optional<LiveEvent> decode_event(std::string_view bytes) {
  LiveEvent event;
  for (std::string* text :
       {&event.id, &event.item_id, &event.action, &event.query, &event.request_id}) {
    if (!take_text(bytes, *text)) return std::nullopt;
  }
  if (bytes.size() != 4) return std::nullopt;
  uint32_t weight = 0;
  for (const char byte : bytes) weight = weight << 8 | static_cast<uint8_t>(byte);
  event.weight = std::bit_cast<float>(weight);
  return event;
}

}  // namespace kaskad::event_code
