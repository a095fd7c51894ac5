#include "kaskad/counters/list_order.h"

#include <algorithm>
#include <utility>

#include "kaskad/core/error.h"

namespace kaskad {
namespace {

void check_alike(const Impressions& first, const Impressions& other) {
  const auto differ = [&](const std::string& what, const std::string& found,
                          const std::string& expected) {
    throw data_error(other.directory(), 0, what, found,
                     expected + " as '" + first.directory() + "' has");
  };
  const ImpressionFacts &a = first.facts(), &b = other.facts();
  if (a.dataset_hash != b.dataset_hash) differ("dataset_hash", b.dataset_hash, a.dataset_hash);
  if (a.heads != b.heads) differ("heads", std::to_string(b.heads.size()) + " other heads", "those");
  if (a.time_kind != b.time_kind) differ("time", "another kind of time", "the one that");
  check_same_queries(first, other);
}

}  // namespace

ListOrder::ListOrder(std::vector<const Impressions*> parts) : parts_(std::move(parts)) {
  KASKAD_ASSERT(!parts_.empty());
  struct Entry {
    int64_t time;
    Place place;
  };
  std::vector<Entry> entries;
  for (uint32_t p = 0; p < parts_.size(); ++p) {
    check_alike(*parts_.front(), *parts_[p]);
    for (uint32_t l = 0; l < parts_[p]->size(); ++l) {
      entries.push_back({parts_[p]->time_of(l), {p, l}});
    }
  }
  const auto earlier = [](const Entry& a, const Entry& b) { return a.time < b.time; };
  if (!std::is_sorted(entries.begin(), entries.end(), earlier)) {
    std::stable_sort(entries.begin(), entries.end(), earlier);
  }
  for (const Entry& entry : entries) {
    places_.push_back(entry.place);
    times_.push_back(entry.time);
  }
}

size_t ListOrder::first_at(int64_t time) const {
  return static_cast<size_t>(std::lower_bound(times_.begin(), times_.end(), time) - times_.begin());
}

int64_t ListOrder::end_time() const {
  return times_.empty() ? std::numeric_limits<int64_t>::min() : times_.back() + 1;
}

size_t ListOrder::num_candidates() const {
  size_t sum = 0;
  for (const Impressions* part : parts_) sum += part->num_candidates();
  return sum;
}

}  // namespace kaskad
