#include "kaskad/cooc/fit.h"

#include <algorithm>
#include <cmath>

#include "kaskad/cooc/count_plan.h"
#include "kaskad/cooc/fused_matrix.h"
#include "kaskad/core/error.h"
#include "kaskad/core/option_name.h"
#include "kaskad/model/bundle.h"

namespace kaskad {
namespace {

std::vector<uint64_t> popularity_of(const Sequences& sequences) {
  std::vector<uint64_t> counts(sequences.num_items);
  for (size_t i = 0; i < counts.size(); ++i) counts[i] = sequences.occurrences(i).size();
  return counts;
}

// One weight an item, in `values` alone.
ItemMatrix popularity_weights(const Sequences& sequences, double tau) {
  if (tau > 0 && !sequences.has_clock) {
    throw Error("popularity with a trend uses time, but the log has no clock");
  }
  ItemMatrix weights;
  weights.values.resize(sequences.num_items);
  for (size_t i = 0; i < sequences.num_items; ++i) {
    double sum = 0;
    for (const uint32_t event : sequences.occurrences(i)) {
      sum += tau > 0 ? std::exp(sequences.day[event] / tau) : 1.0;
    }
    weights.values[i] = static_cast<float>(sum);
  }
  return weights;
}

}  // namespace

ItemMatrix content_matrix(const ContentSimilarity& similarity) {
  ItemMatrixBuilder builder(similarity.num_items());
  std::vector<uint32_t> columns;
  std::vector<float> values;
  for (uint32_t i = 0; i < similarity.num_items(); ++i) {
    columns.clear();
    values.clear();
    for (const auto& neighbour : similarity.neighbours(i)) {
      columns.push_back(neighbour.item);
      values.push_back(neighbour.similarity);
    }
    builder.add(i, columns, values);
  }
  return builder.finish();
}

namespace {

// A single matrix is counted and cut row by row; several share one walk over the pairs.
bool is_fused(const Blend& blend, const MatrixSpec& spec) {
  return blend.parts.size() == 1 && spec.kind == MatrixKind::kCooccurrence && spec.content == 0 &&
         spec.weighting.user != UserWeight::kWalk && can_fuse(spec.weighting, spec.normalisation);
}

// The weightings that the parts count, each once, in passes of as many as fit side by side and
// read equally much of the histories.
std::vector<std::vector<PairWeighting>> passes_of(const Blend& blend, const Sequences& sequences,
                                                  const FitOptions& options,
                                                  uint32_t* max_columns) {
  std::vector<PairWeighting> distinct;
  for (const Blend::Part& part : blend.parts) {
    const MatrixSpec& spec = part.variant.matrix;
    const bool known =
        std::find(distinct.begin(), distinct.end(), spec.weighting) != distinct.end();
    const bool counted = spec.kind == MatrixKind::kCooccurrence && !is_fused(blend, spec);
    if (counted && !known) distinct.push_back(spec.weighting);
  }
  std::vector<std::vector<PairWeighting>> passes;
  if (distinct.empty()) return passes;
  const CountPlan plan = plan_counts(sequences, widest_of(distinct), options.memory);
  *max_columns = plan.max_columns;
  const auto cap = [](const PairWeighting& weighting) { return weighting.max_history; };
  std::ranges::stable_sort(distinct, {}, cap);
  for (const PairWeighting& weighting : distinct) {
    const bool joins = !passes.empty() && passes.back().size() < plan.lanes &&
                       cap(passes.back().front()) == cap(weighting);
    if (!joins) passes.emplace_back();
    passes.back().push_back(weighting);
  }
  return passes;
}

// The log as far as a weighting reads it.
class CappedSequences {
 public:
  CappedSequences(const Dataset& dataset, const Phase& phase, const Sequences& whole)
      : dataset_(dataset), phase_(phase), whole_(whole) {}

  // Good until the next call.
  const Sequences& of(uint32_t max_history) {
    if (max_history == 0) return whole_;
    newest_ = Sequences::build(dataset_, phase_.fit_end, phase_.horizon, max_history);
    return newest_;
  }

 private:
  const Dataset& dataset_;
  const Phase& phase_;
  const Sequences& whole_;
  Sequences newest_;
};

bool needs_content(const MatrixSpec& spec) {
  return spec.kind == MatrixKind::kContent || spec.content > 0;
}

}  // namespace

std::unique_ptr<ContentSimilarity> similarity_for(const Blend& blend, const Dataset& dataset,
                                                  const FitOptions& options) {
  const auto part = std::ranges::find_if(
      blend.parts, [](const Blend::Part& one) { return needs_content(one.variant.matrix); });
  if (part == blend.parts.end()) return nullptr;
  if (dataset.item_features().empty()) {
    throw Error("'" + part->variant.name() + "' needs item features, but '" + dataset.directory() +
                "' has none; it takes them as " + option_name("--item-features"));
  }
  return std::make_unique<ContentSimilarity>(dataset.item_features(), options.content_neighbours,
                                             options.threads);
}

std::unique_ptr<CoocModel> fit_cooc(const Dataset& dataset, const Phase& phase, const Blend& blend,
                                    const FitOptions& options, const Progress& progress) {
  const Sequences sequences = Sequences::build(dataset, phase.fit_end, phase.horizon);
  for (const Blend::Part& part : blend.parts) {
    if (part.variant.history.age_tau > 0 && !sequences.has_clock) {
      throw Error("history weighting '" + part.variant.history.name() +
                  "' uses time, but the log has no clock, only the order of events");
    }
  }
  const auto similarity = similarity_for(blend, dataset, options);
  std::vector<ItemMatrix> matrices(blend.parts.size());
  CappedSequences capped(dataset, phase, sequences);
  uint32_t max_columns = 0;
  for (const auto& lanes : passes_of(blend, sequences, options, &max_columns)) {
    const PairCounts counts =
        count_pairs(capped.of(lanes.front().max_history), lanes,
                    {.threads = options.threads, .max_columns = max_columns}, progress);
    for (size_t p = 0; p < blend.parts.size(); ++p) {
      const MatrixSpec& spec = blend.parts[p].variant.matrix;
      const auto lane = std::find(lanes.begin(), lanes.end(), spec.weighting);
      if (spec.kind != MatrixKind::kCooccurrence || lane == lanes.end()) continue;
      matrices[p] =
          build_item_matrix(counts, static_cast<size_t>(lane - lanes.begin()), spec.normalisation,
                            {similarity.get(), spec.content}, options.threads);
    }
  }
  for (size_t p = 0; p < blend.parts.size(); ++p) {
    const MatrixSpec& spec = blend.parts[p].variant.matrix;
    if (is_fused(blend, spec)) {
      matrices[p] = fused_matrix(capped.of(spec.weighting.max_history), spec.weighting,
                                 spec.normalisation, options.threads);
    }
    if (spec.kind == MatrixKind::kContent) matrices[p] = content_matrix(*similarity);
    if (spec.kind == MatrixKind::kPopularity) {
      matrices[p] = popularity_weights(sequences, spec.popularity_tau);
    }
    if (spec.kind == MatrixKind::kEase) {
      matrices[p] = EaseProblem(sequences, spec.ease.max_items, options.threads)
                        .solve(spec.ease.lambda, spec.ease.top_k, options.threads);
    }
  }
  return std::make_unique<CoocModel>(blend, std::move(matrices), popularity_of(sequences));
}

Phase whole_log(const Dataset& dataset) {
  Phase phase;
  phase.name = "all";
  for (size_t u = 0; u < dataset.num_users(); ++u) {
    phase.fit_end.push_back(static_cast<uint32_t>(dataset.history(UserId(u)).size()));
  }
  const auto times = dataset.time();
  if (!times.empty()) phase.horizon = *std::max_element(times.begin(), times.end());
  return phase;
}

void register_cooc() {
  register_retriever("cooc", [](const std::string& directory, const std::string& config) {
    return std::unique_ptr<Retriever>(CoocModel::load(directory, config));
  });
}

}  // namespace kaskad
