// Lines of the journal, as docs/events.md describes them and `kaskad ab` reads them.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kaskad/state/live_event.h"

namespace kaskad {

// The items of an answer, as they were given to a client to be shown.
struct Exposure {
  int64_t time = 0;  // milliseconds since 1970
  std::string_view user_id, request_id, query;
  std::string_view experiment = {};                                // empty: none
  std::span<const std::pair<std::string, std::string>> arms = {};  // layer, arm
  std::vector<std::string_view> items;                             // the first place first
};

void write_exposure_line(std::string& lines, const Exposure& exposure);
void write_action_line(std::string& lines, const LiveEvent& event);

}  // namespace kaskad
