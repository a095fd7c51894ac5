// One line of the event log as JSON: a page that was shown, or something done with an item of one.
// Called by event_log.h. docs/experiments.md describes the lines; keys that it does not know are
// left to others.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kaskad::ab {

// Ids are kept as hashes (64 bits): the analysis needs no name of a user or an item, so it holds
// none, and a user costs the same however long the id.
struct LoggedEvent {
  enum class Kind { kExposure, kAction } kind = Kind::kExposure;
  int64_t time = 0;  // milliseconds since 1970 UTC
  uint64_t user = 0;
  uint64_t request = 0;  // 0: none was given
  // Of an exposure:
  std::string experiment;
  std::vector<std::pair<std::string, std::string>> arms;  // layer, arm
  std::vector<uint64_t> items;                            // shown, top first
  // Of an action:
  uint64_t item = 0;
  std::string action;
  double weight = 1;
};

// What is wrong with a line.
struct LineFault {
  std::string field;  // empty: the line as a whole
  std::string found, expected;
};

// Reads lines one after the other with one parser.
class EventLineParser {
 public:
  EventLineParser();
  ~EventLineParser();

  // Fills `event`, whose memory is used again; false where `fault` says why not.
  bool parse(std::string_view line, LoggedEvent& event, LineFault& fault);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kaskad::ab
