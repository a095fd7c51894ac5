// A request as the inputs of a neural ranker: the same numbers in training and in serving.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kaskad/model/ranker.h"
#include "kaskad/ranking/cross_counters.h"
#include "kaskad/ranking/feature_scaler.h"
#include "kaskad/ranking/features.h"
#include "kaskad/ranking/query_side.h"

namespace kaskad {

// How requests are written into the inputs of the graphs.
struct NeuralInputs {
  size_t max_history = 100;  // newest events taken
  // Of a longer history whole hops of its oldest events are left out, so that its beginning stays
  // while it grows by less than a hop: what was encoded of it can then be extended. 1: always the
  // newest max_history.
  size_t hop = 1;
  bool gaps = false;  // the time between events is asked; needs a clock
  bool ages = false;  // the time from each event to the request is asked; needs a clock
  // Types of the history's actions, by their codes in the log; none: they are not asked.
  std::vector<std::string> actions = {};
};

// Tokens of actions: of the begin token, of one that is not among NeuralInputs::actions, and from
// kFirstActionToken on their codes.
inline constexpr int64_t kNoActionToken = 0, kUnknownActionToken = 1, kFirstActionToken = 2;

// Of a candidate beside its id, in front of its features: 1 / rank and score / largest absolute
// score of the list; 0 where the retriever said nothing.
inline constexpr size_t kRetrievalNumbers = 2;

// Buckets of the time from an event to the request: 0 the begin token, or not known; b from 1 on up
// to 2^(b - 1) hours, the last one whatever is longer (1024 hours are six weeks).
inline constexpr int64_t kAgeBuckets = 14;
int64_t age_bucket(int64_t milliseconds);

// One request. The begin token stands in front of every history, so that none is empty.
struct NeuralRequest {
  std::vector<int64_t> tokens;  // (1 + events): items + 1, then item + 1 of each event, newest last
  std::vector<int64_t> gaps;    // (1 + events): bucket of the time since the event before
  std::vector<int64_t> actions;  // (1 + events): tokens of their types, kNoActionToken if not asked
  std::vector<int64_t> ages;     // (1 + events): bucket of the time to the request
  int64_t request_gap = 0;       // bucket of the time from the newest event to the request
  std::vector<int64_t> candidates;  // (candidates): item + 1, 0 for what was never learned
  std::vector<int64_t> rows;        // (candidates): the same, 0 only for what has no id at all
  std::vector<float> numbers;       // (candidates, numbers of a candidate)
  std::vector<float> features;      // (candidates, columns): before they are scaled
  std::vector<float> counters;      // (candidates, counters): before they are scaled
  QueryInputs query;                // where a query side is asked
};

// Features of candidates and the scale that a network learned them on.
struct ScaledFeatures {
  RankingFeatures features;
  FeatureScaler scaler;
};

// Read-only, thread-safe. What it is given must outlive it.
class RequestWriter {
 public:
  // `learned` (items): whether the item has learned events; others are left out of histories and
  // are unknown candidates. Without `features` a candidate is its id and what the retriever said.
  // `counters` come after the features; `query` says what a query tower sees.
  RequestWriter(const NeuralInputs& inputs, std::span<const uint8_t> learned,
                const ScaledFeatures* features = nullptr, const CrossCounters* counters = nullptr,
                const QuerySide* query = nullptr);

  size_t numbers() const;  // of a candidate: retrieval's, features, counters
  size_t num_counters() const { return counters_ ? counters_->scale.size() : 0; }
  const CrossCounters* counters() const { return counters_; }
  const QuerySide* query_side() const { return query_; }
  // Vectors of `out` keep their memory.
  void write(const RankRequest& request, NeuralRequest& out) const;
  // The same but for the candidates, and what a query tower sees.
  void write_query(const RankRequest& request, NeuralRequest& out) const;

 private:
  bool is_learned(ItemId item) const;
  int64_t action_token(const History& history, size_t event) const;
  void write_history(const RankRequest& request, NeuralRequest& out) const;
  void write_candidates(const RankRequest& request, NeuralRequest& out) const;

  const NeuralInputs inputs_;
  const std::span<const uint8_t> learned_;  // (items)
  const ScaledFeatures* const features_;
  const CrossCounters* const counters_;
  const QuerySide* const query_;
};

}  // namespace kaskad
