// The contract of everything that puts a list of candidates in order for a user and a moment:
// batches of requests in, a score for each candidate out. Every kind loads from a bundle
// (ranker_bundle.h) and passes the same test battery (tests/model/ranker_battery.h).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kaskad/core/ids.h"
#include "kaskad/dataset/dataset.h"
#include "kaskad/dataset/live_item_events.h"
#include "kaskad/dataset/live_pages.h"

namespace kaskad {

// The code of an action that has none: a log has at most 255, numbered from 0.
inline constexpr uint8_t kUnknownAction = 255;

// One list to be put in order. The spans must outlive the call.
struct RankRequest {
  UserId user = kNoUser;  // for what is known of users beside their events; kNoUser: nothing
  // Events before `now`, oldest first; may be empty. Actions are codes of action_names(), or there
  // are none.
  History history;
  int64_t now = 0;                       // request time, in the dataset's unit
  std::span<const ItemId> candidates;    // in any order; ids outside the catalogue are unknown
  std::span<const float> scores = {};    // (candidates) of the retriever; empty: not known
  std::span<const uint32_t> ranks = {};  // (candidates) of the retriever from 1, 0: not known
  std::span<const float> context = {};   // (candidates, context_names), NaN: not known; or empty
  // What was searched for, as it was written: text and not a number, as a server is given text, and
  // a ranker knows the queries and tokens of its own bundle, also of queries that it never saw.
  // Empty: nothing was searched for, or it is not known.
  std::string_view query = {};
  const LiveItemEvents* live = nullptr;  // what counters of items go on with; null: nothing
};

// One action that scores are made for. The final score is the sum of weight * score.
struct Head {
  std::string name;  // "next", "click", "purchase", ...
  float weight = 1;

  friend bool operator==(const Head&, const Head&) = default;
};

// Heads of these names in their order, of weight 1 where `weights` does not name one. Throws Error
// naming the heads when it names another.
std::vector<Head> weigh_heads(const std::vector<std::string>& names,
                              const std::map<std::string, double>& weights);

// What a cache has done since the ranker was loaded, and what it holds now.
struct CacheFigures {
  uint64_t hits = 0, misses = 0;
  uint64_t extended = 0;  // misses that began with a shorter history that was there
  size_t entries = 0, bytes = 0;
};

// Thread-safe: const calls may run at once.
class Ranker {
 public:
  virtual ~Ranker() = default;

  // "gbdt", "popularity", ...: the registered name.
  virtual std::string kind() const = 0;
  virtual size_t num_items() const = 0;

  // At least one.
  virtual const std::vector<Head>& heads() const = 0;

  // Columns of RankRequest::context that it looks at, such as the price shown.
  virtual std::vector<std::string> context_names() const { return {}; }

  // Types of the history's actions that it looks at, by their codes; none: it looks at no actions.
  // Any other code is an action that it does not know, as every one is where there are no codes.
  virtual std::vector<std::string> action_names() const { return {}; }

  // By how much of the largest score of a list another machine's scores may differ.
  virtual float tolerance() const { return 1e-4F; }

  // `out` is (candidates of all requests in their order, heads). Scores are finite, and do not
  // depend on the other requests nor on the order of the candidates within one. They may depend on
  // which candidates a request has (features of a list, candidates that see each other), so a
  // request has all that are to be compared.
  virtual void score_heads(std::span<const RankRequest> requests, std::span<float> out) const = 0;

  // `out` is (candidates of all requests in their order): the final scores, higher is better. Those
  // that combine() makes of score_heads(), but for rounding where a kind has a shorter way to them.
  virtual void score(std::span<const RankRequest> requests, std::span<float> out) const;

  // The final scores of what score_heads() gave: (candidates, heads) -> (candidates).
  void combine(std::span<const float> by_head, std::span<float> out) const;

  // What it computes of a candidate before it scores it, for whoever asks where a score comes from;
  // none: it looks at ids alone.
  virtual std::vector<std::string> feature_names() const { return {}; }
  // `out` is (candidates, feature_names), row-major: numbers as they are, categories as codes, NaN
  // where nothing is known. Does not depend on the order of the candidates.
  virtual void features(const RankRequest& request, std::span<float> out) const;

  // Up to when its counters of items know events, where RankRequest::live can go on from there.
  virtual std::optional<int64_t> counted_until() const { return std::nullopt; }

  // What its counters of pairs go on with while it is served, filled by who serves it; null: it has
  // none.
  virtual std::shared_ptr<LivePages> live_pages() const { return nullptr; }

  // Of what it keeps between requests of the same history; nothing where it keeps nothing.
  virtual std::optional<CacheFigures> cache() const { return std::nullopt; }
};

size_t num_candidates(std::span<const RankRequest> requests);

// How load_ranker_bundle() finds the code of a kind. `load` reads the files that were saved.
using LoadRanker = std::function<std::unique_ptr<Ranker>(
    const std::string& directory, const std::string& config_json, const std::vector<Head>& heads)>;
void register_ranker(const std::string& kind, LoadRanker load);

// Throws Error naming the known kinds when there is none of that name.
std::unique_ptr<Ranker> load_ranker(const std::string& kind, const std::string& directory,
                                    const std::string& config_json, const std::vector<Head>& heads);

}  // namespace kaskad
