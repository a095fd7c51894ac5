// What a user did since the models were made, as a client reports it: names and not ids, because a
// model of tomorrow numbers items otherwise and may know some that today's does not.
#pragma once

#include <cstdint>
#include <string>

namespace kaskad {

struct LiveEvent {
  // The client's name of the event: sent twice, it counts once. Empty: two events of a user that
  // agree in all else are the same.
  std::string id = {};
  std::string user_id = {}, item_id = {};
  std::string action = {};      // "click", ...; empty: not known
  std::string query = {};       // what was searched for; empty: nothing, or not known
  std::string request_id = {};  // of the answer that showed the item; empty: not known
  int64_t time = 0;             // milliseconds since 1970
  float weight = 1;

  friend bool operator==(const LiveEvent&, const LiveEvent&) = default;
};

}  // namespace kaskad
