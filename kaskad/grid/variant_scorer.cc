#include "kaskad/grid/variant_scorer.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "kaskad/cooc/fit.h"
#include "kaskad/cooc/pair_counts.h"
#include "kaskad/core/error.h"

namespace kaskad {
namespace {

constexpr size_t kTop = 10;
constexpr double kDenseShare = 0.04;  // of a matrix's cells, above which tiles are faster
constexpr size_t kMostCachedHistories = 8;

double gain(double rank) { return 1 / std::log2(1 + rank); }

// Whether many weightings of this dataset fill enough of a small enough matrix.
bool prefers_tiles(size_t items, uint64_t cells, uint64_t memory) {
  const double all = static_cast<double>(items) * static_cast<double>(items);
  return static_cast<double>(cells) > kDenseShare * all && all * sizeof(float) < memory / 4.0;
}

// Splits history weightings into sets that one pass can take: the same way to combine, at most
// kHistoryLanes, long histories apart from short ones.
std::vector<std::vector<size_t>> history_sets(const std::vector<Variant>& variants) {
  std::vector<size_t> order(variants.size());
  for (size_t v = 0; v < order.size(); ++v) order[v] = v;
  const auto reach = [&](size_t v) {
    const HistoryWeighting& h = variants[v].history;
    if (h.last > 0) return static_cast<double>(h.last);
    return h.position == PositionDecay::kGeometric && h.decay < 1
               ? std::log(kNegligible) / std::log(h.decay)
               : 1e9;
  };
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    const auto combine = [&](size_t v) { return static_cast<int>(variants[v].history.combine); };
    return combine(a) != combine(b) ? combine(a) < combine(b) : reach(a) < reach(b);
  });
  std::vector<std::vector<size_t>> sets;
  for (const size_t v : order) {
    const bool fits = !sets.empty() && sets.back().size() < kHistoryLanes &&
                      variants[sets.back()[0]].history.combine == variants[v].history.combine;
    if (!fits) sets.emplace_back();
    sets.back().push_back(v);
  }
  return sets;
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
  PhaseData(const Dataset& dataset, const Phase& phase, size_t max_cases)
      : sequences(Sequences::build(dataset, phase.fit_end, phase.horizon)),
        questions(Questions::build(dataset, phase, max_cases)) {
    for (size_t c = 0; c < questions.size(); ++c) {
      if (questions.target_begin[c] < questions.target_begin[c + 1]) asked.push_back(c);
    }
  }

  Sequences sequences;
  Questions questions;
  std::vector<size_t> asked;  // cases with targets
  std::vector<std::pair<std::string, std::unique_ptr<WeighedHistories>>> cache;
  std::map<uint32_t, std::unique_ptr<EaseProblem>> ease;  // by max_items
  std::unique_ptr<TileMatrix> tiles;
};

// Matrices that are counted in one pass, with the variants that use each.
struct VariantScorer::Group {
  std::vector<PairWeighting> weightings;  // empty: one matrix that is not counted
  uint32_t max_columns = 0;
  std::vector<std::pair<MatrixSpec, std::vector<Variant>>> matrices;
};

VariantScorer::VariantScorer(const Dataset& dataset, std::vector<const Phase*> phases,
                             const ScorerOptions& options)
    : dataset_(dataset), options_(options) {
  for (const Phase* phase : phases) {
    phases_.push_back(std::make_unique<PhaseData>(dataset, *phase, options.max_cases));
  }
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

// Counts take 4 bytes a weighting and 4 for the column, per pair of items that meet.
size_t VariantScorer::lanes_that_fit(const PairWeighting& widest, uint32_t* max_columns) const {
  double most_pairs = 0;
  for (const auto& phase : phases_) {
    const Sequences& s = phase->sequences;
    double pairs = 0;
    for (size_t u = 0; u < s.num_users(); ++u) {
      const double n = static_cast<double>(s.user_begin[u + 1] - s.user_begin[u]);
      pairs += n * std::min(n, widest.window > 0 ? 2.0 * widest.window : n);
    }
    const double items = static_cast<double>(s.num_items);
    most_pairs = std::max(most_pairs, std::min(pairs, items * items));
  }
  const double room = static_cast<double>(options_.memory) / 2;
  const double lanes = room / most_pairs / sizeof(float) - 1;
  *max_columns = 0;
  if (lanes >= 4) return std::min<size_t>(kLanes, static_cast<size_t>(lanes));
  constexpr size_t kPrunedLanes = 8;
  const double rows = static_cast<double>(dataset_.num_items());
  *max_columns =
      static_cast<uint32_t>(std::max(32.0, room / rows / sizeof(float) / (kPrunedLanes + 1)));
  return kPrunedLanes;
}

void VariantScorer::score(const std::vector<Variant>& variants,
                          const std::function<bool(VariantScore&&)>& done) {
  // Variants by matrix, matrices by weighting, in order of first mention.
  std::map<std::string, size_t> matrix_index, weighting_index;
  std::vector<std::pair<MatrixSpec, std::vector<Variant>>> matrices;
  for (const Variant& variant : variants) {
    const std::string key = nlohmann::json(variant.matrix).dump();
    const auto [found, is_new] = matrix_index.try_emplace(key, matrices.size());
    if (is_new) matrices.push_back({variant.matrix, {}});
    matrices[found->second].second.push_back(variant);
  }
  std::vector<Group> uncounted;
  std::vector<std::pair<PairWeighting, std::vector<size_t>>> by_weighting;
  for (size_t m = 0; m < matrices.size(); ++m) {
    if (matrices[m].first.kind != MatrixKind::kCooccurrence) {
      uncounted.push_back({{}, 0, {matrices[m]}});
      continue;
    }
    const std::string key = nlohmann::json(matrices[m].first.weighting).dump();
    const auto [found, is_new] = weighting_index.try_emplace(key, by_weighting.size());
    if (is_new) by_weighting.push_back({matrices[m].first.weighting, {}});
    by_weighting[found->second].second.push_back(m);
  }
  // Alike weightings share a pass: those that read the clock, and then those of like reach.
  std::stable_sort(by_weighting.begin(), by_weighting.end(), [](const auto& a, const auto& b) {
    const auto key = [](const PairWeighting& w) {
      return std::pair(w.needs_clock(), w.window == 0 ? UINT32_MAX : w.window);
    };
    return key(a.first) < key(b.first);
  });
  std::vector<Group> groups;
  for (size_t w = 0; w < by_weighting.size();) {
    Group group;
    const size_t last = std::min(by_weighting.size(), w + kLanes) - 1;
    const size_t lanes = lanes_that_fit(by_weighting[last].first, &group.max_columns);
    for (; w <= last && group.weightings.size() < lanes; ++w) {
      group.weightings.push_back(by_weighting[w].first);
      for (const size_t m : by_weighting[w].second) group.matrices.push_back(matrices[m]);
    }
    groups.push_back(std::move(group));
  }
  groups.insert(groups.end(), std::make_move_iterator(uncounted.begin()),
                std::make_move_iterator(uncounted.end()));
  bool going_on = true;
  for (const Group& group : groups) {
    if (!going_on) return;
    score_group(
        group, [&](VariantScore&& score) { return going_on = going_on && done(std::move(score)); });
  }
}

void VariantScorer::score_group(const Group& group,
                                const std::function<bool(VariantScore&&)>& done) {
  std::vector<PairCounts> counts(phases_.size());
  if (!group.weightings.empty()) {
    for (size_t p = 0; p < phases_.size(); ++p) {
      counts[p] = count_pairs(phases_[p]->sequences, group.weightings,
                              {.threads = options_.threads, .max_columns = group.max_columns});
    }
  }
  for (const auto& [spec, variants] : group.matrices) {
    const auto lane = std::find(group.weightings.begin(), group.weightings.end(), spec.weighting) -
                      group.weightings.begin();
    std::vector<VariantScore> scores;
    for (const Variant& variant : variants) scores.push_back({variant, 0, 0, {}, {}});
    for (size_t p = 0; p < phases_.size(); ++p) {
      score_matrix(*phases_[p], spec, group.weightings.empty() ? nullptr : &counts[p],
                   static_cast<size_t>(lane), variants, scores);
    }
    for (VariantScore& score : scores) {
      for (const float x : score.case_ndcg) score.ndcg += x;
      for (const float x : score.case_hit) score.hit_rate += x;
      score.ndcg /= static_cast<double>(score.case_ndcg.size());
      score.hit_rate /= static_cast<double>(score.case_hit.size());
      if (!done(std::move(score))) return;
    }
  }
}

const WeighedHistories& VariantScorer::histories(PhaseData& phase,
                                                 const std::vector<HistoryWeighting>& lanes) {
  const std::string key = nlohmann::json(lanes).dump();
  for (const auto& [cached, histories] : phase.cache) {
    if (cached == key) return *histories;
  }
  if (phase.cache.size() >= kMostCachedHistories) phase.cache.erase(phase.cache.begin());
  phase.cache.emplace_back(
      key, std::make_unique<WeighedHistories>(WeighedHistories::build(phase.questions, lanes)));
  return *phase.cache.back().second;
}

void VariantScorer::score_matrix(PhaseData& phase, const MatrixSpec& spec, const PairCounts* counts,
                                 size_t lane, const std::vector<Variant>& variants,
                                 std::vector<VariantScore>& scores) {
  const size_t items = dataset_.num_items();
  const bool wants_content = spec.kind == MatrixKind::kContent || spec.content > 0;
  if (wants_content && !content_) {
    if (dataset_.item_features().empty()) {
      throw Error("'" + spec.name() + "' needs item features, but the dataset has none");
    }
    content_ = std::make_unique<ContentSimilarity>(dataset_.item_features(),
                                                   options_.content_neighbours, options_.threads);
  }
  const ContentTerm term{content_.get(), spec.content};
  ItemMatrix sparse;
  bool tiled = false;
  const auto into_tiles = [&](auto&& fill) {
    if (!phase.tiles) phase.tiles = std::make_unique<TileMatrix>(items);
    tiled = true;
    fill(*phase.tiles);
  };
  switch (spec.kind) {
    case MatrixKind::kCooccurrence:
      if (prefers_tiles(items, counts->num_pairs(), options_.memory)) {
        into_tiles([&](TileMatrix& tiles) {
          normalise_rows(
              *counts, lane, spec.normalisation, term, options_.threads,
              [&](uint32_t row, std::span<const uint32_t> columns, std::span<const float> values,
                  int) { tiles.set_row(row, columns, values); });
        });
      } else {
        sparse = build_item_matrix(*counts, lane, spec.normalisation, term, options_.threads);
      }
      break;
    case MatrixKind::kEase: {
      auto& problem = phase.ease[spec.ease.max_items];
      if (!problem) {
        problem =
            std::make_unique<EaseProblem>(phase.sequences, spec.ease.max_items, options_.threads);
      }
      sparse = problem->solve(spec.ease.lambda, spec.ease.top_k, options_.threads);
      break;
    }
    case MatrixKind::kContent:
      sparse = content_matrix(*content_);
      break;
    case MatrixKind::kPopularity:
      throw Error("popularity is a baseline and a part of blends, not a variant of the grid");
  }
  if (!tiled && prefers_tiles(items, sparse.columns.size(), options_.memory)) {
    into_tiles([&](TileMatrix& tiles) {
      const MatrixView view = sparse.view();
      for (uint32_t row = 0; row < items; ++row) {
        tiles.set_row(row, view.row_columns(row), view.row_values(row));
      }
    });
  }
  std::vector<float> case_ranks;
  for (const std::vector<size_t>& set : history_sets(variants)) {
    std::vector<HistoryWeighting> lanes;
    for (const size_t v : set) lanes.push_back(variants[v].history);
    const WeighedHistories& asked = histories(phase, lanes);
    const TargetRanks ranks =
        tiled ? rank_targets(*phase.tiles, phase.questions, asked, options_.threads)
              : rank_targets(sparse.view(), phase.questions, asked, options_.threads);
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
