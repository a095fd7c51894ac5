#include <algorithm>
#include <cmath>

#include "kaskad/cooc/rank_targets.h"
#include "kaskad/core/parallel.h"

namespace kaskad {
namespace {

// Everything the threads share while they pass over the tiles.
class DenseRanking {
 public:
  DenseRanking(const TileMatrix& matrix, const Questions& questions,
               const WeighedHistories& histories, int threads)
      : matrix_(matrix), questions_(questions), histories_(histories), threads_(threads) {
    target_score_.assign(std::max<size_t>(questions.num_targets(), 1) * kHistoryLanes, 0.0f);
    mark_seen();
  }

  TargetRanks run() {
    score_targets();
    const size_t counters = questions_.num_targets() * kHistoryLanes;
    std::vector<std::vector<uint32_t>> above(threads_), equal(threads_);
    parallel_for(matrix_.num_tiles(), threads_, [&](size_t tile, int worker) {
      above[worker].resize(counters);
      equal[worker].resize(counters);
      count_tile(tile, above[worker].data(), equal[worker].data());
    });
    TargetRanks ranks(histories_.lanes, std::vector<float>(questions_.num_targets()));
    for (size_t t = 0; t < questions_.num_targets(); ++t) {
      for (size_t h = 0; h < histories_.lanes; ++h) {
        uint64_t more = 0, same = 0;
        for (int worker = 0; worker < threads_; ++worker) {
          if (above[worker].empty()) continue;
          more += above[worker][t * kHistoryLanes + h];
          same += equal[worker][t * kHistoryLanes + h];
        }
        if (!std::isfinite(target_score_[t * kHistoryLanes + h])) {
          ranks[h][t] = static_cast<float>(matrix_.num_items());
          continue;
        }
        // `same` counts the target itself.
        ranks[h][t] = static_cast<float>(more) + static_cast<float>(same + 1) / 2;
      }
    }
    return ranks;
  }

 private:
  // seen_[case * tiles + tile] has a bit for every item of the tile that is out: seen, or past
  // the end of the catalogue.
  void mark_seen() {
    const size_t tiles = matrix_.num_tiles();
    seen_.assign(questions_.size() * tiles, 0);
    const size_t in_last = matrix_.num_items() - (tiles - 1) * kTile;
    for (size_t c = 0; c < questions_.size(); ++c) {
      if (in_last < kTile) seen_[(c + 1) * tiles - 1] = ~uint32_t{0} << in_last;
      for (uint64_t s = questions_.seen_begin[c]; s < questions_.seen_begin[c + 1]; ++s) {
        const uint32_t item = questions_.seen[s];
        seen_[c * tiles + item / kTile] |= uint32_t{1} << item % kTile;
      }
    }
  }

  void score_case(size_t tile, size_t c, float* scores) const {
    const uint64_t first = histories_.begin[c];
    score_tile(histories_.op, matrix_.slab(tile), histories_.items.data() + first,
               histories_.weights.data() + first * kHistoryLanes, histories_.begin[c + 1] - first,
               scores);
  }

  // The targets' own scores, tile by tile, by the very kernel that scores their rivals: equal
  // sums are then equal floats.
  void score_targets() {
    struct Place {
      uint32_t question;
      uint32_t target;
    };
    std::vector<std::vector<Place>> of_tile(matrix_.num_tiles());
    for (size_t c = 0; c < questions_.size(); ++c) {
      for (uint64_t t = questions_.target_begin[c]; t < questions_.target_begin[c + 1]; ++t) {
        of_tile[questions_.targets[t] / kTile].push_back(
            {static_cast<uint32_t>(c), static_cast<uint32_t>(t)});
      }
    }
    parallel_for(of_tile.size(), threads_, [&](size_t tile, int) {
      alignas(64) float scores[kHistoryLanes * kTile];
      uint32_t scored = UINT32_MAX;
      for (const Place& place : of_tile[tile]) {
        if (place.question != scored) score_case(tile, place.question, scores);
        scored = place.question;
        for (size_t h = 0; h < kHistoryLanes; ++h) {
          target_score_[place.target * kHistoryLanes + h] =
              scores[h * kTile + questions_.targets[place.target] % kTile];
        }
      }
    });
  }

  void count_tile(size_t tile, uint32_t* above, uint32_t* equal) const {
    alignas(64) float scores[kHistoryLanes * kTile];
    for (size_t c = 0; c < questions_.size(); ++c) {
      if (questions_.target_begin[c] == questions_.target_begin[c + 1]) continue;
      const uint32_t masked = seen_[c * matrix_.num_tiles() + tile];
      if (masked == ~uint32_t{0}) continue;
      score_case(tile, c, scores);
      for (uint64_t t = questions_.target_begin[c]; t < questions_.target_begin[c + 1]; ++t) {
        count_ranks(scores, masked, target_score_.data() + t * kHistoryLanes,
                    above + t * kHistoryLanes, equal + t * kHistoryLanes);
      }
    }
  }

  const TileMatrix& matrix_;
  const Questions& questions_;
  const WeighedHistories& histories_;
  const int threads_;
  std::vector<uint32_t> seen_;  // (cases, tiles)
  AlignedFloats target_score_;  // (targets, kHistoryLanes)
};

}  // namespace

TargetRanks rank_targets(const TileMatrix& matrix, const Questions& questions,
                         const WeighedHistories& histories, int threads) {
  return DenseRanking(matrix, questions, histories, std::max(1, threads)).run();
}

}  // namespace kaskad
