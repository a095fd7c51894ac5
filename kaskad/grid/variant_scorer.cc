#include "kaskad/grid/variant_scorer.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "kaskad/cooc/count_plan.h"
#include "kaskad/cooc/fit.h"
#include "kaskad/cooc/pair_counts.h"
#include "kaskad/core/error.h"

namespace kaskad {
namespace {

constexpr size_t kTop = 10;
constexpr double kDenseShare = 0.04;  // of a matrix's cells, above which tiles are faster

double gain(double rank) { return 1 / std::log2(1 + rank); }

// Shares of the memory that is left beside the events. A matrix is built in pieces and then put
// together, so it counts twice; with at least four weightings counted, each takes a fifth of the
// counts.
constexpr double kForCounts = 0.4, kForTiles = 0.25, kForHistories = 0.125;

uint64_t bytes_of(const Sequences& s) {
  return s.user_begin.size() * 8 + s.item_begin.size() * 8 + s.day.size() * 8 +
         (s.item.size() + s.occurrence.size() + s.user.size() + s.weight.size()) * 4;
}

uint64_t bytes_of(const Questions& q) {
  return q.cases.size() * (sizeof(EvalCase) + 16) + (q.targets.size() + q.seen.size()) * 4;
}

uint64_t bytes_of(const PairCounts& counts) {
  return counts.num_pairs() * (counts.weightings.size() + 1) * sizeof(float);
}

uint64_t bytes_of(const WeighedHistories& h) {
  return h.begin.size() * 8 + h.items.size() * 4 + h.weights.size() * sizeof(float);
}

uint64_t bytes_of(const ItemMatrix& matrix) {
  return 2 * matrix.columns.size() * (sizeof(uint32_t) + sizeof(float));
}

double mean(const std::vector<float>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

}  // namespace

void score_case(std::vector<float>& ranks, float* ndcg, float* hit) {
  std::sort(ranks.begin(), ranks.end());
  KASKAD_ASSERT(ranks[0] >= 1);
  double sum = 0, ideal = 0;
  for (size_t t = 0; t < ranks.size() && ranks[t] <= kTop; ++t) sum += gain(ranks[t]);
  for (size_t t = 0; t < std::min(ranks.size(), kTop); ++t)
    ideal += gain(static_cast<double>(t + 1));
  *ndcg = static_cast<float>(sum / ideal);
  *hit = ranks[0] <= kTop ? 1.0f : 0.0f;
}

// A phase with everything that matrices are asked about it.
struct VariantScorer::PhaseData {
  PhaseData(const Dataset& dataset, const Phase& of, size_t max_cases)
      : phase(of),
        sequences(Sequences::build(dataset, of.fit_end, of.horizon)),
        questions(Questions::build(dataset, of, max_cases)) {
    for (size_t c = 0; c < questions.size(); ++c) {
      if (questions.target_begin[c] < questions.target_begin[c + 1]) asked.push_back(c);
    }
  }

  const Phase& phase;
  Sequences sequences;
  Questions questions;
  std::vector<size_t> asked;  // cases with targets

  // While the phase is at work.
  std::vector<std::pair<std::string, std::unique_ptr<WeighedHistories>>> cache;
  std::unique_ptr<EaseProblem> ease;

  uint64_t cached_bytes() const {
    uint64_t bytes = 0;
    for (const auto& [key, histories] : cache) bytes += bytes_of(*histories);
    return bytes;
  }
};

VariantScorer::VariantScorer(const Dataset& dataset, std::vector<const Phase*> phases,
                             const ScorerOptions& options)
    : dataset_(dataset), options_(options) {
  for (const Phase* phase : phases) {
    phases_.push_back(std::make_unique<PhaseData>(dataset, *phase, options.max_cases));
    shared_ += bytes_of(phases_.back()->sequences) + bytes_of(phases_.back()->questions);
  }
  note_held(0);
  if (num_cases() == 0) throw Error("the split asks nothing: no case has a target to find");
}

VariantScorer::~VariantScorer() = default;

size_t VariantScorer::num_cases() const {
  size_t cases = 0;
  for (const auto& phase : phases_) cases += phase->asked.size();
  return cases;
}

std::vector<size_t> VariantScorer::window_cases() const {
  std::vector<size_t> cases;
  for (const auto& phase : phases_) cases.push_back(phase->asked.size());
  return cases;
}

bool VariantScorer::prunes_counts() const {
  uint32_t max_columns = 0;
  lanes_that_fit(PairWeighting{}, &max_columns);  // no window: nothing has wider rows
  return max_columns > 0;
}

// However much the events take, something is left to work with.
uint64_t VariantScorer::working_memory() const {
  const uint64_t least = options_.memory / 4;
  return options_.memory > shared_ + least ? options_.memory - shared_ : least;
}

// What every phase has room for, as they are counted one after the other.
size_t VariantScorer::lanes_that_fit(const PairWeighting& widest, uint32_t* max_columns) const {
  const auto room = static_cast<uint64_t>(kForCounts * static_cast<double>(working_memory()));
  size_t lanes = kLanes;
  *max_columns = 0;
  for (const auto& phase : phases_) {
    const CountPlan plan = plan_counts(phase->sequences, widest, room);
    lanes = std::min(lanes, plan.lanes);
    if (plan.max_columns == 0) continue;
    *max_columns = *max_columns > 0 ? std::min(*max_columns, plan.max_columns) : plan.max_columns;
  }
  return lanes;
}

// Whether a matrix of so many cells fills enough of a small enough square.
bool VariantScorer::prefers_tiles(uint64_t cells) const {
  const double items = static_cast<double>(dataset_.num_items());
  return static_cast<double>(cells) > kDenseShare * items * items &&
         items * items * sizeof(float) < kForTiles * static_cast<double>(working_memory());
}

TileMatrix& VariantScorer::tiles() {
  if (!tiles_) tiles_ = std::make_unique<TileMatrix>(dataset_.num_items());
  return *tiles_;
}

void VariantScorer::note_held(uint64_t more) {
  const uint64_t n = dataset_.num_items();
  const uint64_t tile_bytes = tiles_ ? (n + kTile - 1) / kTile * kTile * n * sizeof(float) : 0;
  uint64_t cached = 0;
  for (const auto& phase : phases_) cached += phase->cached_bytes();
  most_held_ = std::max(most_held_, shared_ + counted_ + tile_bytes + cached + more);
}

void VariantScorer::score(const std::vector<Variant>& variants,
                          const std::function<bool(VariantScore&&)>& done) {
  const auto groups =
      group_variants(variants, [this](const PairWeighting& widest, uint32_t* max_columns) {
        return lanes_that_fit(widest, max_columns);
      });
  for (const VariantGroup& group : groups) {
    if (!score_group(group, done)) return;
  }
}

// Phase after phase, so that the counts of one are held at a time.
bool VariantScorer::score_group(const VariantGroup& group,
                                const std::function<bool(VariantScore&&)>& done) {
  std::vector<std::vector<VariantScore>> scores(group.matrices.size());
  for (size_t m = 0; m < scores.size(); ++m) {
    for (const Variant& variant : group.matrices[m].second) {
      scores[m].push_back({variant, 0, 0, {}, {}});
    }
  }
  bool going_on = true;
  for (const auto& phase : phases_) {
    PairCounts counts;
    if (!group.weightings.empty()) {
      const uint32_t cap = group.weightings.front().max_history;
      const PairCountOptions options{.threads = options_.threads, .max_columns = group.max_columns};
      counts = cap == 0 ? count_pairs(phase->sequences, group.weightings, options)
                        : count_pairs(Sequences::build(dataset_, phase->phase.fit_end,
                                                       phase->phase.horizon, cap),
                                      group.weightings, options);
      counted_ = bytes_of(counts);
    }
    for (size_t m = 0; m < scores.size() && going_on; ++m) {
      const auto& [spec, variants] = group.matrices[m];
      const auto lane =
          std::find(group.weightings.begin(), group.weightings.end(), spec.weighting) -
          group.weightings.begin();
      score_matrix(*phase, spec, group.weightings.empty() ? nullptr : &counts,
                   static_cast<size_t>(lane), variants, scores[m]);
      if (phase != phases_.back()) continue;
      for (VariantScore& score : scores[m]) {
        score.ndcg = mean(score.case_ndcg);
        score.hit_rate = mean(score.case_hit);
        going_on = going_on && done(std::move(score));
      }
    }
    counted_ = 0;
    phase->ease.reset();
    if (phases_.size() > 1) phase->cache.clear();
  }
  return going_on;
}

const WeighedHistories& VariantScorer::histories(PhaseData& phase,
                                                 const std::vector<HistoryWeighting>& lanes) {
  const std::string key = nlohmann::json(lanes).dump();
  for (const auto& [cached, histories] : phase.cache) {
    if (cached == key) return *histories;
  }
  auto built = std::make_unique<WeighedHistories>(WeighedHistories::build(phase.questions, lanes));
  const auto room = static_cast<uint64_t>(kForHistories * static_cast<double>(working_memory()));
  while (!phase.cache.empty() && phase.cached_bytes() + bytes_of(*built) > room) {
    phase.cache.erase(phase.cache.begin());
  }
  phase.cache.emplace_back(key, std::move(built));
  return *phase.cache.back().second;
}

const ContentSimilarity* VariantScorer::content_for(const MatrixSpec& spec) {
  const bool wants_content = spec.kind == MatrixKind::kContent || spec.content > 0;
  if (!wants_content) return nullptr;
  if (!content_) {
    if (dataset_.item_features().empty()) {
      throw Error("'" + spec.name() + "' needs item features, but the dataset has none");
    }
    content_ = std::make_unique<ContentSimilarity>(dataset_.item_features(),
                                                   options_.content_neighbours, options_.threads);
  }
  return content_.get();
}

ItemMatrix VariantScorer::uncounted_matrix(PhaseData& phase, const MatrixSpec& spec) {
  switch (spec.kind) {
    case MatrixKind::kEase:
      if (!phase.ease) {
        phase.ease =
            std::make_unique<EaseProblem>(phase.sequences, spec.ease.max_items, options_.threads);
      }
      return phase.ease->solve(spec.ease.lambda, spec.ease.top_k, options_.threads);
    case MatrixKind::kContent:
      return content_matrix(*content_);
    case MatrixKind::kPopularity:
      throw Error("popularity is a baseline and a part of blends, not a variant of the grid");
    case MatrixKind::kCooccurrence:
      break;
  }
  KASKAD_ASSERT(false);
  return {};
}

void VariantScorer::score_matrix(PhaseData& phase, const MatrixSpec& spec, const PairCounts* counts,
                                 size_t lane, const std::vector<Variant>& variants,
                                 std::vector<VariantScore>& scores) {
  const ContentTerm term{content_for(spec), spec.content};
  if (counts && prefers_tiles(counts->num_pairs())) {
    normalise_rows(*counts, lane, spec.normalisation, term, options_.threads,
                   [&dense = tiles()](uint32_t row, std::span<const uint32_t> columns,
                                      std::span<const float> values,
                                      int) { dense.set_row(row, columns, values); });
    return rank_variants(phase, nullptr, variants, scores);
  }
  tiles_.reset();
  ItemMatrix sparse =
      counts ? build_item_matrix(*counts, lane, spec.normalisation, term, options_.threads)
             : uncounted_matrix(phase, spec);
  note_held(bytes_of(sparse));
  if (!prefers_tiles(sparse.columns.size())) return rank_variants(phase, &sparse, variants, scores);
  const MatrixView view = sparse.view();
  for (uint32_t row = 0; row < dataset_.num_items(); ++row) {
    tiles().set_row(row, view.row_columns(row), view.row_values(row));
  }
  sparse = {};
  rank_variants(phase, nullptr, variants, scores);
}

// Without `sparse` the matrix lies in the tiles.
void VariantScorer::rank_variants(PhaseData& phase, const ItemMatrix* sparse,
                                  const std::vector<Variant>& variants,
                                  std::vector<VariantScore>& scores) {
  std::vector<float> case_ranks;
  for (const std::vector<size_t>& set : history_sets(variants)) {
    std::vector<HistoryWeighting> lanes;
    for (const size_t v : set) lanes.push_back(variants[v].history);
    const WeighedHistories& asked = histories(phase, lanes);
    note_held(sparse ? bytes_of(*sparse) : 0);
    const TargetRanks ranks =
        sparse ? rank_targets(sparse->view(), phase.questions, asked, options_.threads)
               : rank_targets(*tiles_, phase.questions, asked, options_.threads);
    for (size_t h = 0; h < set.size(); ++h) {
      VariantScore& score = scores[set[h]];
      for (const size_t c : phase.asked) {
        const auto first = ranks[h].begin();
        case_ranks.assign(first + static_cast<ptrdiff_t>(phase.questions.target_begin[c]),
                          first + static_cast<ptrdiff_t>(phase.questions.target_begin[c + 1]));
        float ndcg = 0, hit = 0;
        score_case(case_ranks, &ndcg, &hit);
        score.case_ndcg.push_back(ndcg);
        score.case_hit.push_back(hit);
      }
    }
  }
}

}  // namespace kaskad
