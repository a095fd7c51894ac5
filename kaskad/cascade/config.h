// What cascade.toml says, checked in itself: names, numbers, expressions. Bundles and data sets are
// read later, by load_cascade.h; each part keeps its place in the file for that. docs/cascade.md
// describes the file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kaskad/cascade/rule.h"
#include "kaskad/core/config_place.h"
#include "kaskad/core/toml_reader.h"

namespace kaskad {

// What stands in for a stage that fails.
enum class Fallback {
  kSkip,      // a ranker: the order it was given; a retriever: no candidates
  kLastGood,  // what the stage last gave this user, as far as it may be shown now
  kBundle,    // another model; where that fails, too: skip
};

// Which requests a stage has a part in: a search has a query.
enum class AskedFor { kAlways, kSearch, kRecommend };

// A model that may fail, with its budgets.
struct StageConfig {
  ConfigPlace place = {};
  std::string name = {};    // in answers and metrics
  std::string bundle = {};  // a path, already relative to the working directory
  size_t keep = 0;          // candidates that leave it: the budget; of a retriever its quota
  double time_ms = 0;       // 0: as long as it takes, on the request's own thread
  Fallback fallback = Fallback::kSkip;
  std::vector<StageConfig> other = {};  // one, where the fallback is a bundle
  std::string scores_of = {};  // of a ranker: the retriever whose ranks and scores it reads
  AskedFor asked = AskedFor::kAlways;

  bool answers(std::string_view query) const {
    return asked == AskedFor::kAlways || (asked == AskedFor::kSearch) == !query.empty();
  }
};

struct FilterRule {
  ConfigPlace place = {};
  std::string name = {};
  Rule rule = {};
  bool keep = false;  // only items where it holds stay; false: those go
};

struct PinnedItem {
  std::string item = {};
  size_t position = 0;  // from 1
};

// Most items of an answer that share a value of a feature, or for which a rule holds.
struct CapConfig {
  ConfigPlace place = {};
  std::string feature = {};       // this ...
  std::optional<Rule> when = {};  // ... or this
  size_t at_most = 0;
};

struct BlendConfig {
  // Maximal marginal relevance (Carbonell and Goldstein 1998): mmr_lambda of relevance against
  // 1 - mmr_lambda of likeness to what stands above, by one feature of the items; 1: off.
  double mmr_lambda = 1;
  std::string mmr_feature = {};
  ConfigPlace mmr_place = {};
  std::vector<CapConfig> caps = {};
  // Of the places of an answer, so many go to items that appeared in the last days: `feature` holds
  // when, in seconds.
  double fresh_share = 0, fresh_days = 0;
  std::string fresh_feature = {};
  ConfigPlace fresh_place = {};
  double explore_share = 0;  // so many go to items drawn from below the answer
  uint64_t explore_seed = 1;
  std::vector<PinnedItem> pinned = {};
  ConfigPlace pinned_place = {};
};

// When a stage that keeps failing is left alone for a while.
struct BreakerConfig {
  size_t failures = 5;        // one after the other
  double open_ms = 2000;      // so long it is not called; then one call tries it again
  size_t most_abandoned = 4;  // calls beyond their time that still run: no further ones are begun
};

struct CascadeConfig {
  std::string path = {};  // of the file
  std::string text = {};  // of it; tells versions apart
  std::string name = "cascade";
  std::string items = {};  // the dataset with the item features; empty: none are known
  ConfigPlace items_place = {};
  std::string histories = {};  // the retriever whose bundle stores them; empty: the first that does
  ConfigPlace histories_place = {};
  bool parallel_retrieval = false;           // each retriever on a thread of its own, all at once
  size_t last_good_users = 10'000;           // answers kept for Fallback::kLastGood
  std::vector<StageConfig> retrievers = {};  // at least one
  std::string available = {};                // a file of ids, one a line; empty: all are
  ConfigPlace available_place = {};
  std::vector<std::string> banned = {};
  ConfigPlace banned_place = {};
  std::vector<FilterRule> rules = {};
  std::optional<StageConfig> prerank = {}, rank = {};
  BlendConfig blend = {};
  BreakerConfig breaker = {};

  // With other values at the keys of `set`. Throws Error naming file, line and key, what was found
  // and what is allowed.
  static CascadeConfig from_toml(const std::string& path, const std::vector<TomlEntry>& set = {});
};

}  // namespace kaskad
