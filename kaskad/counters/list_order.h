// The lists of several parts of one log, as one sequence in time.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "kaskad/core/day.h"
#include "kaskad/dataset/impressions.h"

namespace kaskad {

// The parts must outlive it. Read-only, thread-safe.
class ListOrder {
 public:
  struct Place {
    uint32_t part = 0;
    uint32_t list = 0;
  };

  // Throws Error when the parts differ in dataset, heads, queries or kind of time. Of lists of one
  // time, those of the earlier part come first, then in the order of the part.
  explicit ListOrder(std::vector<const Impressions*> parts);

  size_t size() const { return places_.size(); }
  Place place(size_t number) const { return places_[number]; }
  int64_t time(size_t number) const { return times_[number]; }
  ImpressionList list(size_t number) const {
    return parts_[places_[number].part]->list(places_[number].list);
  }
  // The first list at or after the time.
  size_t first_at(int64_t time) const;
  // Just after the newest list; the lowest time where there is none.
  int64_t end_time() const;

  const std::vector<const Impressions*>& parts() const { return parts_; }
  const std::vector<std::string>& heads() const { return parts_.front()->facts().heads; }
  const IdMap& queries() const { return parts_.front()->queries(); }
  TimeKind time_kind() const { return parts_.front()->facts().time_kind; }
  size_t num_candidates() const;

 private:
  std::vector<const Impressions*> parts_;
  std::vector<Place> places_;
  std::vector<int64_t> times_;
};

}  // namespace kaskad
