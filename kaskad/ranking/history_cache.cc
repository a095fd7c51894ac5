#include "kaskad/ranking/history_cache.h"

#include <algorithm>

namespace kaskad {

size_t EncodedHistory::bytes() const {
  size_t total = packed ? packed->bytes() : 0;
  for (const auto& output : outputs) total += output.size() * sizeof(float);
  return total;
}

// FNV-1a over the numbers: keys are some hundred of them, and equality decides.
size_t HistoryCache::Hash::operator()(Key key) const {
  uint64_t hash = 0xcbf29ce484222325;
  for (const int64_t number : key) {
    hash = (hash ^ static_cast<uint64_t>(number)) * 0x100000001b3;
    hash ^= hash >> 29;
  }
  return hash;
}

bool HistoryCache::Equal::operator()(Key a, Key b) const { return std::ranges::equal(a, b); }

HistoryCache::Encoded HistoryCache::use(Key key) {
  const auto found = places_.find(key);
  if (found == places_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->encoded;
}

HistoryCache::Encoded HistoryCache::find(Key key) {
  const std::lock_guard lock(mutex_);
  Encoded found = use(key);
  ++(found ? hits_ : misses_);
  return found;
}

HistoryCache::Encoded HistoryCache::find_beginning(Key key, size_t unit, size_t most,
                                                   size_t& length) {
  const std::lock_guard lock(mutex_);
  for (size_t cut = unit; cut < key.size() && cut <= most * unit; cut += unit) {
    if (Encoded found = use(key.first(key.size() - cut))) {
      ++extended_;
      length = key.size() - cut;
      return found;
    }
  }
  return nullptr;
}

void HistoryCache::insert(std::vector<int64_t> key, Encoded encoded) {
  const size_t bytes = encoded->bytes() + key.size() * sizeof(int64_t);
  if (bytes > capacity_) return;
  const std::lock_guard lock(mutex_);
  if (places_.contains(key)) return;  // another thread was faster
  while (bytes_ + bytes > capacity_) {
    bytes_ -= entries_.back().bytes;
    places_.erase(entries_.back().key);
    entries_.pop_back();
  }
  entries_.push_front({std::move(key), std::move(encoded), bytes});
  places_.emplace(entries_.front().key, entries_.begin());
  bytes_ += bytes;
}

CacheFigures HistoryCache::figures() const {
  const std::lock_guard lock(mutex_);
  return {hits_, misses_, extended_, entries_.size(), bytes_};
}

}  // namespace kaskad
