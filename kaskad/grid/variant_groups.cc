#include "kaskad/grid/variant_groups.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <tuple>

#include "kaskad/cooc/count_plan.h"
#include "kaskad/cooc/rank_targets.h"
#include "kaskad/kernels/pair_accumulator.h"

namespace kaskad {
namespace {

using MatrixVariants = std::pair<MatrixSpec, std::vector<Variant>>;

// The matrices of one weighting.
struct Counted {
  PairWeighting weighting;
  std::vector<MatrixVariants> matrices;
};

std::vector<MatrixVariants> by_matrix(const std::vector<Variant>& variants) {
  std::map<std::string, size_t> known;
  std::vector<MatrixVariants> matrices;
  for (const Variant& variant : variants) {
    const std::string key = nlohmann::json(variant.matrix).dump();
    const auto [found, is_new] = known.try_emplace(key, matrices.size());
    if (is_new) matrices.push_back({variant.matrix, {}});
    matrices[found->second].second.push_back(variant);
  }
  return matrices;
}

// Weightings that should share a pass lie side by side.
void order_weightings(std::vector<Counted>& counted) {
  const auto key = [](const PairWeighting& w) {
    return std::tuple(w.max_history, w.needs_clock(), w.event_weight,
                      w.window == 0 ? UINT32_MAX : w.window);
  };
  std::stable_sort(counted.begin(), counted.end(), [&](const Counted& a, const Counted& b) {
    return key(a.weighting) < key(b.weighting);
  });
}

// Cuts the weightings, in order, into passes of as many as fit and read as much of the histories.
std::vector<VariantGroup> cut_passes(const std::vector<Counted>& counted,
                                     const LanesThatFit& lanes_that_fit) {
  std::vector<VariantGroup> groups;
  for (size_t w = 0; w < counted.size();) {
    VariantGroup group;
    std::vector<PairWeighting> candidates;
    for (size_t c = w; c < std::min(counted.size(), w + kLanes); ++c) {
      if (counted[c].weighting.max_history != counted[w].weighting.max_history) break;
      candidates.push_back(counted[c].weighting);
    }
    const size_t last = w + candidates.size();
    const size_t lanes = lanes_that_fit(widest_of(candidates), &group.max_columns);
    for (; w < last && group.weightings.size() < lanes; ++w) {
      group.weightings.push_back(counted[w].weighting);
      group.matrices.insert(group.matrices.end(), counted[w].matrices.begin(),
                            counted[w].matrices.end());
    }
    groups.push_back(std::move(group));
  }
  return groups;
}

}  // namespace

std::vector<VariantGroup> group_variants(const std::vector<Variant>& variants,
                                         const LanesThatFit& lanes_that_fit) {
  std::map<std::string, size_t> weightings;
  std::map<uint32_t, size_t> ease_problems;  // by max_items
  std::vector<Counted> counted;
  std::vector<VariantGroup> uncounted;
  for (MatrixVariants& matrix : by_matrix(variants)) {
    const MatrixSpec& spec = matrix.first;
    if (spec.kind == MatrixKind::kEase) {
      const auto [found, is_new] = ease_problems.try_emplace(spec.ease.max_items, uncounted.size());
      if (is_new) uncounted.emplace_back();
      uncounted[found->second].matrices.push_back(std::move(matrix));
    } else if (spec.kind != MatrixKind::kCooccurrence) {
      uncounted.push_back({{}, 0, {std::move(matrix)}});
    } else {
      const std::string key = nlohmann::json(spec.weighting).dump();
      const auto [found, is_new] = weightings.try_emplace(key, counted.size());
      if (is_new) counted.push_back({spec.weighting, {}});
      counted[found->second].matrices.push_back(std::move(matrix));
    }
  }
  order_weightings(counted);
  std::vector<VariantGroup> groups = cut_passes(counted, lanes_that_fit);
  groups.insert(groups.end(), std::make_move_iterator(uncounted.begin()),
                std::make_move_iterator(uncounted.end()));
  return groups;
}

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

}  // namespace kaskad
