// What happened: visits, their pages, what was done with what was shown. Everything that a log is
// written from, with the truth beside it.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace kaskad::sim {

enum Action : uint8_t { kClick, kSave, kContact, kPurchase };
constexpr size_t kActions = 4;
constexpr std::array<const char*, kActions> kActionNames = {"click", "save", "contact", "purchase"};

// A user comes.
struct VisitPlan {
  uint64_t visit = 0;  // number in the world
  uint32_t user = 0;
  uint32_t number = 0;        // of the user's visits, from 0
  uint32_t intent_visit = 0;  // the one whose intent this is, itself or an earlier one
  int64_t intent_time = 0;    // when that was
  int64_t start = 0;
};

struct ShownItem {
  uint32_t item = 0;
  float relevance = 0;  // true chance of a click, given that it is looked at
  // Milliseconds after the page was shown; 0: not done.
  std::array<int32_t, kActions> done{};
};

// One page of results.
struct PageRecord {
  uint64_t visit = 0;
  uint32_t number = 0;  // within the visit, from 0
  uint32_t user = 0, query = 0, topic = 0;
  int64_t time = 0;
  double price_level = 0;
  std::vector<ShownItem> shown;  // in the order of the page
};

}  // namespace kaskad::sim
