// Kinds by name and how each is loaded; one for retrievers, one for rankers. Private to model/.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "kaskad/core/error.h"

namespace kaskad {

// Thread-safe. `Load` is a function that may be copied.
template <typename Load>
class LoaderRegistry {
 public:
  // `noun` for errors: "model", "ranker".
  explicit LoaderRegistry(std::string noun) : noun_(std::move(noun)) {}

  void add(const std::string& kind, Load load) {
    const std::lock_guard lock(mutex_);
    loaders_[kind] = std::move(load);
  }

  // Throws Error naming the known kinds when there is none of that name.
  Load find(const std::string& kind, const std::string& directory) const {
    const std::lock_guard lock(mutex_);
    const auto found = loaders_.find(kind);
    if (found != loaders_.end()) return found->second;
    std::string known;
    for (const auto& [name, loader] : loaders_) known += (known.empty() ? "" : ", ") + name;
    throw data_error("'" + directory + "'", 0, "", "a " + noun_ + " of unknown kind '" + kind + "'",
                     "one of: " + known);
  }

 private:
  const std::string noun_;
  mutable std::mutex mutex_;
  std::map<std::string, Load> loaders_;
};

}  // namespace kaskad
