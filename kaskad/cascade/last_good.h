// The last good list that a stage gave each of its latest users, for when it fails. Owned by stages
// whose fallback is last_good; empty after a reload.
#pragma once

#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "kaskad/model/retriever.h"

namespace kaskad {

// Thread-safe. The users that were answered longest ago go first.
class LastGood {
 public:
  explicit LastGood(size_t most_users) : most_users_(most_users) {}

  void keep(const std::string& user, std::vector<ScoredItem> list);
  std::optional<std::vector<ScoredItem>> find(const std::string& user) const;

 private:
  using Entry = std::pair<std::string, std::vector<ScoredItem>>;

  const size_t most_users_;
  mutable std::mutex mutex_;
  std::list<Entry> entries_;  // the latest first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_user_;
};

}  // namespace kaskad
