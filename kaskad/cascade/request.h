// A question to a cascade and its answer, in the ids of its catalogue. Made by the server.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kaskad/cascade/candidates.h"
#include "kaskad/dataset/dataset.h"
#include "kaskad/dataset/features.h"

namespace kaskad {

// The events of a history that owns its arrays.
struct OwnedHistory {
  std::vector<ItemId> items;     // oldest first
  std::vector<int64_t> times;    // (items); empty in a request: all happened at its time
  std::vector<float> weights;    // (items) or empty
  std::vector<uint8_t> actions;  // (items) codes of Cascade::action_names(), or empty

  History view() const { return {items, times, weights, actions}; }
};

struct CascadeRequest {
  std::optional<std::string> user_id = {};   // what is stored of the user counts where ...
  std::optional<OwnedHistory> history = {};  // ... no history is given
  std::string query = {};                    // what was searched for, as written; empty: nothing
  std::optional<int64_t> now = {};           // in the unit of the logs; see Cascade::recommend()
  std::optional<int64_t> newest = {};        // the latest that the caller knows of
  size_t k = 10;
  bool exclude_seen = true;
  std::vector<ItemId> exclude = {};
  std::optional<std::vector<ItemId>> allow = {};  // only these; an empty list allows none
  // (retrievers) in place of what is stored of the user; empty: nothing is given. The tables
  // belong to `features_owner`, for a call may outlive its request.
  std::vector<FeatureRow> user_features = {};
  std::shared_ptr<const void> features_owner = {};
  bool reasons = false;  // which events of the history brought each item
  bool trace = false;
  std::optional<ItemId> traced_item = {};  // why it is not there, where it is not
};

enum class Placed { kRanked, kPinned, kFresh, kExplored };
const char* to_string(Placed placed);  // "ranked", ...

// The share of an item's score that one event brought, at the retriever that ranks it best.
struct Reason {
  size_t event = 0;  // in the history as it was given, or is stored
  ItemId item = kNoItem;
  float share = 0;
};

struct AnsweredItem {
  ItemId item = kNoItem;
  float score = 0;
  Placed placed = Placed::kRanked;
  uint32_t row = kNoRow;             // of the answer's sources
  std::vector<Reason> because = {};  // strongest first; where reasons are asked for
};

struct CascadeAnswer {
  std::vector<AnsweredItem> items;  // at most k, in the order to be shown
  Sources sources;
  std::vector<StageRecord> stages;  // in the order they ran; those with a fault are degraded
  size_t history_length = 0;
  std::optional<bool> known_user;
  std::optional<Trace> trace;
  std::string why_not;  // of traced_item: the sentence that says what became of it
};

}  // namespace kaskad
