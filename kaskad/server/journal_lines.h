// Lines of the journal, as docs/events.md describes them and `kaskad ab` reads them. Pages are told
// to other servers in the same form.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kaskad/dataset/live_pages.h"
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

// A page that was shown or, with the one item of it, what was done.
struct JournalLine {
  bool shown = false;
  LivePage page;
  std::string_view action = {};
};

struct ReadLines {
  size_t bytes = 0;  // of the lines that have ended
  uint64_t bad = 0;  // lines that are none, as a killed process may leave one
};

// What `take` is given lives until it returns.
ReadLines read_journal_lines(std::string_view text,
                             const std::function<void(const JournalLine&)>& take);

}  // namespace kaskad
