// Pages that were shown since a model was made, and what was done with their items: what its
// counters of pairs go on with while it is served. Told by the server, by names, as a model numbers
// items in its own way; implemented by kaskad/counters/live_counters.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace kaskad {

// A page, or one item of it that something was done with.
struct LivePage {
  std::string_view user_id, request_id, query;  // empty: not known
  std::span<const std::string_view> items;
  int64_t time = 0;  // milliseconds since 1970
};

// Thread-safe.
class LivePages {
 public:
  virtual ~LivePages() = default;

  // Pages of before are in the counters already; they are not taken.
  virtual int64_t counted_until() const = 0;

  // Told twice, a page counts once, and so does an action of one page's item; of a page or an
  // action long ago that is forgotten.
  virtual void shown(const LivePage& page) = 0;
  virtual void acted(const LivePage& page, std::string_view action) = 0;
  virtual void clear() = 0;

  virtual size_t pairs() const = 0;      // that have something since
  virtual uint64_t dropped() const = 0;  // counts that memory had no place for
};

}  // namespace kaskad
