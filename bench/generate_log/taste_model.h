// Who takes what, in a generated log. Items have Zipf popularity and belong to genres; users
// have a few genres they like, take most of their items from them, and sometimes the neighbour
// of the last one (the next part of a series), so that order means something.
#pragma once

#include <cstdint>
#include <vector>

#include "kaskad/sim/alias_table.h"

namespace kaskad::bench {

struct TasteOptions {
  uint64_t interactions = 20'000'000;
  uint32_t users = 1'000'000;
  uint32_t items = 200'000;
  double zipf = 0.75;      // exponent of the items' popularity
  double activity = 1.15;  // standard deviation of the logarithm of a user's events
  uint32_t genres = 500;
  uint32_t genres_per_user = 3;
  double taste = 0.3;         // share of events inside the user's genres
  double continuation = 0.1;  // share of events that are the neighbour of the last item
  uint64_t seed = 1;
};

// The k-th item of a user depends on seed, user and k alone, so the histories are the same in
// whatever order the rows are written. Not thread-safe.
class TasteModel {
 public:
  explicit TasteModel(const TasteOptions& options);

  // (users): how many events each user has; at least 1, together `interactions`.
  const std::vector<uint32_t>& events() const { return events_; }

  // The user's next item; call it events()[user] times at most.
  uint32_t next_item(uint32_t user);

 private:
  uint32_t draw_item(uint32_t user, uint64_t event) const;

  TasteOptions options_;
  std::vector<uint32_t> events_;
  std::vector<uint32_t> taken_;      // (users): events so far
  std::vector<uint32_t> last_item_;  // (users)
  sim::AliasTable popularity_, genre_;
};

// SplitMix64's output function: 64 well-mixed bits of (seed, a, b), the same on every machine.
uint64_t mix(uint64_t seed, uint64_t a, uint64_t b = 0);
double uniform(uint64_t random);  // [0, 1)

}  // namespace kaskad::bench
