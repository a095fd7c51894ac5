// A history as a request writes it, and as the models know it. Called by the parsers of bodies and
// by the answers.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kaskad/dataset/dataset.h"

namespace kaskad {

struct GivenHistory {
  std::vector<std::string> items;  // ids, oldest first, or in any order where there are times
  std::vector<int64_t> times;      // (items), as written, or empty when none were given
  // (items), empty text where none was given; or empty when none was given at all
  std::vector<std::string> actions;
};

// Codes of the actions that a ranker knows, by their names.
using ActionCodes = std::map<std::string, uint8_t, std::less<>>;

// The events whose items are known, oldest first.
struct KnownHistory {
  std::vector<ItemId> items;
  std::vector<int64_t> times;              // (items) in the dataset's unit; empty: none were given
  std::vector<float> weights;              // (items) 1
  std::vector<uint8_t> actions;            // (items); empty: none were given, or none is known
  std::vector<size_t> positions;           // (items) in the history as given
  std::vector<std::string> unknown_items;  // all others
  std::vector<std::string> unknown_actions;  // of the known items' events, each name once

  History view() const { return {items, times, weights, actions}; }
};

KnownHistory known_history(const GivenHistory& given, const IdMap& items, TimeKind kind,
                           const ActionCodes& actions = {});
// The same by any numbering of items.
using FindItem = std::function<std::optional<ItemId>(std::string_view)>;
FindItem find_in(const IdMap& items);  // which must outlive it
KnownHistory known_history(const GivenHistory& given, const FindItem& find, TimeKind kind,
                           const ActionCodes& actions);
// Codes from 0 in the order of the names.
ActionCodes codes_of(const std::vector<std::string>& names);

// A clock's small numbers are seconds, as logs have them; see to_milliseconds(). Order numbers stay
// what they are.
int64_t to_dataset_time(int64_t time, TimeKind kind);

}  // namespace kaskad
