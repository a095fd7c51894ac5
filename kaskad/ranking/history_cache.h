// What an amortized ranker has made of histories: keys and values of each layer, kept so that the
// next request of the same history asks the candidates' graph alone, and that of a history that has
// grown encodes only what is new. Least recently used go first.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <span>
#include <unordered_map>
#include <vector>

#include "kaskad/kernels/candidate_parts.h"
#include "kaskad/model/ranker.h"

namespace kaskad {

// The answer of the history's graph: one array an output, in the order of the outputs.
struct EncodedHistory {
  std::vector<std::vector<float>> outputs;
  std::shared_ptr<const PackedKeys> packed;  // the same for a kernel; null where a graph is asked
  size_t bytes() const;
};

// Thread-safe. What is handed out stays alive while it is used, whatever is evicted.
class HistoryCache {
 public:
  using Key = std::span<const int64_t>;  // everything that the encoding depends on
  using Encoded = std::shared_ptr<const EncodedHistory>;

  // `capacity` in bytes; 0 keeps nothing.
  explicit HistoryCache(size_t capacity) : capacity_(capacity) {}

  // Null when it is not there.
  Encoded find(Key key);
  // After find() was in vain: the longest history there that `key` begins with, shorter by 1 to
  // `most` times `unit` numbers. `length` is set to what it has of the key.
  Encoded find_beginning(Key key, size_t unit, size_t most, size_t& length);
  void insert(std::vector<int64_t> key, Encoded encoded);

  CacheFigures figures() const;

 private:
  struct Entry {
    std::vector<int64_t> key;
    Encoded encoded;
    size_t bytes = 0;
  };
  struct Hash {
    size_t operator()(Key key) const;
  };
  struct Equal {
    bool operator()(Key a, Key b) const;
  };

  Encoded use(Key key);  // null when it is not there

  const size_t capacity_;
  mutable std::mutex mutex_;
  std::list<Entry> entries_;  // the most recently used first
  // Keys lie in the entries.
  std::unordered_map<Key, std::list<Entry>::iterator, Hash, Equal> places_;
  size_t bytes_ = 0;
  uint64_t hits_ = 0, misses_ = 0, extended_ = 0;
};

}  // namespace kaskad
