#include "kaskad/train/validation.h"

#include <algorithm>
#include <limits>

#include "kaskad/core/error.h"
#include "kaskad/eval/evaluation.h"
#include "kaskad/eval/ranked_cases.h"
#include "kaskad/model/top_k.h"
#include "kaskad/train/distributed.h"
#include "kaskad/train/history_batch.h"
#include "kaskad/train/learner.h"
#include "kaskad/train/random.h"
#include "kaskad/train/user_batch.h"

namespace kaskad::train {
namespace {

constexpr float kNever = -std::numeric_limits<float>::infinity();

// A model that still learns, as a Retriever for rank_cases(): all items are scored by one product
// of matrices. Of a model whose items lie spread over processes all of them ask the same questions
// at the same time: each scores its own items, and the lists are merged. One thread at a time;
// libtorch's own threads do the work. `allow` is not for here.
class LearningRetriever : public Retriever {
 public:
  LearningRetriever(SequenceModel& model, const Recipe& recipe, const FeatureSchema& users,
                    const torch::Device& device)
      : model_(model),
        recipe_(recipe),
        users_(users),
        device_(device),
        group_(model.shards() ? &model.shards()->group() : nullptr),
        own_(model.own_items()),
        items_((torch::NoGradGuard(), model.own_item_vectors().t().contiguous())) {}

  std::string kind() const override { return to_string(recipe_.model); }
  size_t num_items() const override { return static_cast<size_t>(model_.num_items()); }

  void retrieve(std::span<const Query> queries, size_t k,
                std::span<ScoredItem> out) const override {
    torch::Tensor scores = score(queries).cpu();
    for (size_t q = 0; q < queries.size(); ++q) {
      KASKAD_ASSERT(queries[q].allow.empty());
      float* row = scores.data_ptr<float>() + static_cast<int64_t>(q) * own_.count;
      if (queries[q].exclude_seen) {
        for (const ItemId item : queries[q].history.items) leave_out(item, row);
      }
      for (const ItemId item : queries[q].exclude) leave_out(item, row);
    }
    const Lists lists = best(scores, static_cast<int64_t>(std::min(k, num_items())));
    write(lists.scores.contiguous(), lists.items.contiguous(), k, out);
  }

  void score_all(const Query& query, std::span<float> scores) const override {
    torch::Tensor row = score({&query, 1}).cpu().squeeze(0);
    if (group_) {
      torch::Tensor all = torch::zeros({model_.num_items()});
      all.slice(0, own_.first, model_.num_items(), own_.step).copy_(row);
      group_->sum(all);
      row = all;
    }
    std::copy_n(row.data_ptr<float>(), scores.size(), scores.data());
  }

 private:
  struct Lists {
    torch::Tensor scores, items;  // (queries, k)
  };

  // `row` (own items) of scores
  void leave_out(ItemId item, float* row) const {
    const int64_t behind_first = static_cast<int64_t>(index(item)) - own_.first;
    if (behind_first >= 0 && behind_first % own_.step == 0) row[behind_first / own_.step] = kNever;
  }

  // `scores` (queries, own items) -> the best of all items
  Lists best(const torch::Tensor& scores, int64_t k) const {
    const int64_t here = std::min(k, own_.count);
    const auto [values, columns] = scores.topk(here, 1);
    const torch::Tensor items = columns * own_.step + own_.first;
    if (!group_) return {values, items};
    // (processes, queries, k) -> (queries, processes * k)
    const auto side_by_side = [&](const torch::Tensor& list, double nothing) {
      const torch::Tensor full = torch::constant_pad_nd(list, {0, k - here}, nothing);
      return gather(*group_, full).transpose(0, 1).reshape({scores.size(0), -1});
    };
    const torch::Tensor all_items = side_by_side(items, 0);
    const auto [merged, places] = side_by_side(values, kNever).topk(k, 1);
    return {merged, all_items.gather(1, places)};
  }

  // (queries, own items), contiguous
  torch::Tensor score(std::span<const Query> queries) const {
    torch::NoGradGuard no_grad;
    const SequenceBatch batch = history_batch(queries, recipe_, users_, model_.num_items());
    const torch::Tensor users = model_.user_vectors(to_device(batch, device_));
    return torch::matmul(users, items_).contiguous();
  }

  static void write(const torch::Tensor& values, const torch::Tensor& items, size_t k,
                    std::span<ScoredItem> out) {
    const auto found = static_cast<size_t>(values.size(1));
    for (size_t q = 0; q < static_cast<size_t>(values.size(0)); ++q) {
      const auto row = out.subspan(q * k, k);
      std::fill(row.begin(), row.end(), ScoredItem{});
      for (size_t i = 0; i < found; ++i) {
        const float score = values.data_ptr<float>()[q * found + i];
        const int64_t item = items.data_ptr<int64_t>()[q * found + i];
        if (score > kNever) row[i] = {ItemId{static_cast<uint32_t>(item)}, score};
      }
      std::sort(row.begin(), row.begin() + static_cast<std::ptrdiff_t>(found),
                [](const ScoredItem& a, const ScoredItem& b) {
                  return (a.item != kNoItem) > (b.item != kNoItem) ||
                         (a.item != kNoItem && b.item != kNoItem && ranks_before(a, b));
                });
    }
  }

  SequenceModel& model_;
  const Recipe& recipe_;
  const FeatureSchema& users_;
  const torch::Device device_;
  Group* const group_;  // null: all items are here
  const ItemRange own_;
  const torch::Tensor items_;  // (dimension, own items)
};

// Long histories last, so that a batch holds few columns of padding.
std::vector<EvalCase> sample(std::vector<EvalCase> cases, const Recipe& recipe) {
  const auto most = static_cast<size_t>(recipe.max_validation_users);
  if (most > 0 && cases.size() > most) {
    constexpr uint64_t kPurpose = 0x7661;  // keeps this draw apart from those of the batches
    Random random{recipe.seed, kPurpose};
    random.shuffle(cases);
    cases.resize(most);
  }
  std::sort(cases.begin(), cases.end(), [](const EvalCase& a, const EvalCase& b) {
    return std::pair(a.history_end, index(a.user)) < std::pair(b.history_end, index(b.user));
  });
  return cases;
}

Phase sampled_phase(const Split& split, const Recipe& recipe) {
  KASKAD_ASSERT(!split.validations.empty());
  Phase phase = split.validations[0];
  phase.cases = sample(std::move(phase.cases), recipe);
  if (phase.cases.empty()) {
    throw Error(
        "the split asks nothing in its validation phase, so training would not know when "
        "to stop; histories are too short for " +
        split.options.to_string());
  }
  return phase;
}

}  // namespace

Validation::Validation(const Dataset& dataset, const Split& split, const Recipe& recipe)
    : dataset_(dataset),
      split_(split),
      recipe_(recipe),
      users_(user_schema(dataset, recipe)),
      phase_(sampled_phase(split, recipe)),
      catalogue_(dataset, phase_),
      metrics_(parse_metrics("ndcg@10,hit_rate@10,popularity@10,coverage@10,gini@10",
                             Profile::kKaskad)) {}

ValidationFigures Validation::operator()(SequenceModel& model, const torch::Device& device) const {
  const bool was_training = model.is_training();
  model.eval();
  const LearningRetriever retriever(model, recipe_, users_, device);
  const RankedCases ranked =
      rank_cases(retriever, dataset_, phase_, {.k = longest_k(metrics_), .threads = 1});
  model.train(was_training);
  EvalOptions options;
  options.metrics = metrics_;
  options.bootstrap = {.resamples = 1, .threads = 1};
  const Evaluation evaluation = measure(ranked, catalogue_, split_, phase_, dataset_, options);
  ValidationFigures figures{.values = {}, .cases = ranked.size()};
  for (const MetricResult& metric : evaluation.metrics) {
    figures.values[metric.name] = metric.interval.value;
  }
  return figures;
}

}  // namespace kaskad::train
