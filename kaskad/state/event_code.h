// Events as keys and values of an ordered store of bytes. Private to rocks_store.cc.
//
//   h user-length user time arrival  -> event    the history of a user, in the order of time
//   t time arrival                   -> user     all events in the order of time
//   i identity                       -> time arrival    which events are there
//   c user                           -> how many keys of the history there may be
//   d user-hash                      -> until    that the user's data was deleted
//   n                                -> time     of the newest event when one was deleted
// Numbers in keys are big-endian with the sign turned over, so that bytes sort as they do.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "kaskad/state/live_event.h"

namespace kaskad::event_code {

// Where an event stands in the order of all.
struct Place {
  int64_t time = 0;
  uint64_t arrival = 0;

  friend auto operator<=>(const Place&, const Place&) = default;
};

inline constexpr char kHistory = 'h', kTime = 't', kIdentity = 'i', kCount = 'c', kDeleted = 'd',
                      kNewest = 'n';
inline constexpr size_t kPlaceBytes = 16;

void put_place(std::string& bytes, const Place& place);
Place place_of(std::string_view bytes);  // of the last 16 bytes

std::string history_prefix(std::string_view user_id);
std::string history_key(std::string_view user_id, const Place& place);
std::string time_key(const Place& place);
std::string identity_key(const LiveEvent& event);
std::string count_key(std::string_view user_id);
std::string deleted_key(std::string_view user_id);  // a hash: the name itself is forgotten

std::string encode_number(int64_t number);
int64_t decode_number(std::string_view bytes);  // 8 bytes

std::string encode_event(const LiveEvent& event);  // without user and time
// Nothing when the bytes are damaged.
std::optional<LiveEvent> decode_event(std::string_view bytes);

}  // namespace kaskad::event_code
