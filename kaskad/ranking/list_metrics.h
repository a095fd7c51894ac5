// How well a list was put in order. A candidate is relevant where any of the asked heads has a
// label; relevant items that are not among the candidates count against every ranker alike.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "kaskad/dataset/impressions.h"
#include "kaskad/eval/rank_metrics.h"

namespace kaskad {

// R: relevant items, retrieved or not. Equal scores get the middle rank.
struct ListFigures {
  double ndcg = 0;  // NDCG@10
  double mrr = 0;   // 1 / rank of the first relevant, 0 where none is among the candidates
  // 1 where a relevant item is among the first 1, 3 or 10, else 0.
  std::array<double, 3> hits = {};
  // Share of the pairs (relevant, other) in right order, ties half; the pairs of a relevant item
  // that is not among the candidates are lost. Without any other candidate there is no such share.
  double auc = 0;
  bool has_auc = false;
  double shown_auc = 0;  // of the relevant candidates alone; also needs one of them
  bool has_shown_auc = false;
};

inline constexpr size_t kListMetricK = 10;
inline constexpr std::array<size_t, 3> kHitsK = {1, 3, 10};

class ListMeasure {
 public:
  // Heads of the lists that count; empty: all.
  explicit ListMeasure(std::vector<size_t> heads = {}) : heads_(std::move(heads)) {}

  // Whether anything is relevant: else the list says nothing and must not be measured.
  bool asks(const ImpressionList& list);

  // Relevant items, among the candidates or not, and among them.
  size_t relevant(const ImpressionList& list) { return retrieved(list) + count_missed(list); }
  size_t retrieved(const ImpressionList& list);
  // (candidates) of the list that was asked about last: 1 where relevant.
  std::span<const uint8_t> relevance() const { return relevant_; }

  // `scores` (candidates) are finite.
  ListFigures operator()(const ImpressionList& list, std::span<const float> scores);

 private:
  size_t count_missed(const ImpressionList& list) const;
  void find_relevant(const ImpressionList& list);

  std::vector<size_t> heads_;
  std::vector<uint8_t> relevant_;  // (candidates)
  std::vector<uint32_t> order_;    // candidates by falling score
  std::vector<double> ranks_;
};

// Mean NDCG@10 of the lists that ask something; 0 where none does. `scores` are those of all
// candidates of all lists in their order; `heads` as of ListMeasure.
double mean_ndcg(const Impressions& lists, const std::vector<size_t>& heads,
                 std::span<const float> scores);

}  // namespace kaskad
