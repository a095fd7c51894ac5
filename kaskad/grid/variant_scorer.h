// Scores many variants on the same questions for little more than the cost of one: pairs are
// walked once for sixteen weightings, finished counts are normalised many ways, and each matrix
// meets all users under eight history weightings at a time.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kaskad/cooc/content.h"
#include "kaskad/cooc/questions.h"
#include "kaskad/cooc/rank_targets.h"
#include "kaskad/cooc/variant.h"
#include "kaskad/core/progress.h"
#include "kaskad/dataset/split.h"
#include "kaskad/grid/variant_groups.h"

namespace kaskad {

struct VariantScore {
  Variant variant;
  double ndcg = 0, hit_rate = 0;           // at 10, means over the cases
  std::vector<float> case_ndcg, case_hit;  // (cases over all phases)
};

struct ScorerOptions {
  int threads = 1;
  uint64_t memory = 4ull << 30;  // bytes for all that scoring holds; see VariantScorer::held()
  size_t max_cases = 0;          // per phase, taken evenly; 0: all
  size_t content_neighbours = 100;
};

// Holds what all variants share, and counts and matrices of one phase at a time. Not thread-safe;
// uses threads inside.
class VariantScorer {
 public:
  // The phases (validation windows) must outlive the scorer.
  VariantScorer(const Dataset& dataset, std::vector<const Phase*> phases,
                const ScorerOptions& options);
  ~VariantScorer();

  size_t num_cases() const;
  std::vector<size_t> window_cases() const;  // (phases), as they follow each other in a score

  // Whether the memory allows only part of some rows' counts, so that scores depend on it.
  bool prunes_counts() const;

  // Calls `done` for every variant, from this thread, in groups that share a matrix, when it has
  // been put to every phase; returns when all are scored or `done` returned false. Throws Error
  // when a variant needs a clock or content that the dataset lacks.
  void score(const std::vector<Variant>& variants, const std::function<bool(VariantScore&&)>& done);

  // The most bytes held so far: the phases' events and questions, counts, matrices, histories.
  // At most the memory of the options, but for what cannot be done without: the events, one EASE
  // problem, the histories of one set of weightings, 32 columns an item.
  uint64_t held() const { return most_held_; }

 private:
  struct PhaseData;

  // False when `done` was.
  bool score_group(const VariantGroup& group, const std::function<bool(VariantScore&&)>& done);
  void score_matrix(PhaseData& phase, const MatrixSpec& spec, const PairCounts* counts, size_t lane,
                    const std::vector<Variant>& variants, std::vector<VariantScore>& scores);
  void rank_variants(PhaseData& phase, const ItemMatrix* sparse,
                     const std::vector<Variant>& variants, std::vector<VariantScore>& scores);
  ItemMatrix uncounted_matrix(PhaseData& phase, const MatrixSpec& spec);
  const ContentSimilarity* content_for(const MatrixSpec& spec);
  const WeighedHistories& histories(PhaseData& phase, const std::vector<HistoryWeighting>& lanes);
  size_t lanes_that_fit(const PairWeighting& widest, uint32_t* max_columns) const;
  uint64_t working_memory() const;
  bool prefers_tiles(uint64_t cells) const;
  TileMatrix& tiles();
  void note_held(uint64_t more);

  const Dataset& dataset_;
  ScorerOptions options_;
  std::vector<std::unique_ptr<PhaseData>> phases_;
  std::unique_ptr<ContentSimilarity> content_;
  std::unique_ptr<TileMatrix> tiles_;  // of the matrix at hand, when it is dense
  uint64_t shared_ = 0;                // bytes of the phases' events and questions
  uint64_t counted_ = 0;               // bytes of the counts at hand
  uint64_t most_held_ = 0;
};

// NDCG and hit rate at 10 of one case; targets shorter than the asked list are the ideal.
void score_case(std::vector<float>& ranks, float* ndcg, float* hit);

}  // namespace kaskad
