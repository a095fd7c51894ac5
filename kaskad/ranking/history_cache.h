// What an amortized ranker has made of histories: keys and values of each layer, kept so that the
// next request of the same history asks the candidates' graph alone. Least recently used go first.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "kaskad/model/ranker.h"

namespace kaskad {

// The answer of the history's graph: one array an output, in the order of the outputs.
struct EncodedHistory {
  std::vector<std::vector<float>> outputs;
  size_t bytes() const;
};

// Thread-safe. What is handed out stays alive while it is used, whatever is evicted.
class HistoryCache {
 public:
  // `capacity` in bytes; 0 keeps nothing.
  explicit HistoryCache(size_t capacity) : capacity_(capacity) {}

  // `key`: everything that the encoding depends on. Null when it is not there.
  std::shared_ptr<const EncodedHistory> find(const std::vector<int64_t>& key);
  void insert(std::vector<int64_t> key, std::shared_ptr<const EncodedHistory> encoded);

  CacheFigures figures() const;

 private:
  struct Entry {
    std::vector<int64_t> key;
    std::shared_ptr<const EncodedHistory> encoded;
    size_t bytes = 0;
  };
  struct Hash {
    size_t operator()(const std::vector<int64_t>* key) const;
  };
  struct Equal {
    bool operator()(const std::vector<int64_t>* a, const std::vector<int64_t>* b) const {
      return *a == *b;
    }
  };

  const size_t capacity_;
  mutable std::mutex mutex_;
  std::list<Entry> entries_;  // the most recently used first
  // Keys lie in the entries.
  std::unordered_map<const std::vector<int64_t>*, std::list<Entry>::iterator, Hash, Equal> places_;
  size_t bytes_ = 0;
  uint64_t hits_ = 0, misses_ = 0;
};

}  // namespace kaskad
