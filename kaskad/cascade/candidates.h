// The list that passes through a cascade, and what became of each item of it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kaskad/cascade/stage_guard.h"
#include "kaskad/core/ids.h"

namespace kaskad {

inline constexpr uint32_t kNoRow = std::numeric_limits<uint32_t>::max();

struct ListedItem {
  ItemId item = kNoItem;  // of the catalogue
  float score = 0;        // of the last stage that gave one
  uint32_t row = kNoRow;  // of Sources; kNoRow: no retriever found it for this request
};

// Where one retriever had an item.
struct Source {
  uint32_t rank = 0;  // from 1 in its list; 0: it did not find it
  float score = 0;
};

// (rows, retrievers), row-major: all that retrieval says of the candidates.
struct Sources {
  size_t retrievers = 0;
  std::vector<Source> values;

  std::span<const Source> of(uint32_t row) const {
    if (row == kNoRow) return {};
    return std::span(values).subspan(row * retrievers, retrievers);
  }
};

// What one stage did in one request: for the answer, the metrics and the trace.
struct StageRecord {
  std::string_view name;  // of the stage, which outlives the answer
  size_t in = 0, out = 0;
  double seconds = 0;
  size_t unknown = 0;                    // candidates that its model does not know
  std::optional<StageFault> fault = {};  // why it did not answer itself
  std::string_view fallback = {};        // what stood in then: "skip", "last_good", "bundle"
  std::vector<float> scores = {};        // some that its model gave, see sample_scores()
};

// At most kScoresSampled of a stage's scores, at even distances in the order of its list: enough to
// see over many requests how they are distributed.
inline constexpr size_t kScoresSampled = 32;

template <typename ScoreAt>  // float(size_t)
std::vector<float> sample_scores(size_t count, const ScoreAt& score_at) {
  std::vector<float> sample(std::min(count, kScoresSampled));
  for (size_t i = 0; i < sample.size(); ++i) sample[i] = score_at(i * count / sample.size());
  return sample;
}

struct TracedCandidate {
  ItemId item = kNoItem;
  float score = 0;
  std::vector<float> heads = {};     // of a ranker, by its heads
  std::vector<float> features = {};  // that it computed, NaN: not known
};

struct TracedStage {
  std::string name;
  std::vector<std::string> heads = {};     // names, where there are several
  std::vector<std::string> features = {};  // names
  std::vector<TracedCandidate> out = {};   // all, in their order
};

struct Drop {
  ItemId item = kNoItem;
  std::string_view stage;
  std::string why;
};

// Everything that happened to a request, on demand: it costs copies of all lists.
struct Trace {
  std::vector<TracedStage> stages;
  std::vector<Drop> drops;

  void drop(ItemId item, std::string_view stage, std::string why) {
    drops.push_back({item, stage, std::move(why)});
  }
  // The stage's list as it leaves.
  TracedStage& add(std::string_view name, std::span<const ListedItem> list) {
    TracedStage& stage = stages.emplace_back();
    stage.name = name;
    for (const ListedItem& one : list) stage.out.push_back({one.item, one.score, {}});
    return stage;
  }
};

}  // namespace kaskad
