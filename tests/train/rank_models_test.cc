#include <gtest/gtest.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>

#include "kaskad/core/error.h"
#include "kaskad/ranking/neural_ranker.h"
#include "kaskad/train/batch.h"
#include "kaskad/train/rank/rank_loss.h"
#include "kaskad/train/rank/rank_model.h"
#include "run_graph.h"
#include "tests/model/colour_log.h"

namespace kaskad::train {
namespace {

using torch::Tensor;

constexpr int64_t kRankedItems = static_cast<int64_t>(kColourItems);

Recipe recipe_of(ListLoss loss) {
  Recipe recipe;
  recipe.list_loss = loss;
  return recipe;
}

struct RankCase {
  const char* name;
  ModelKind model;
  CandidateMask mask = CandidateMask::kHistory;
  bool causal = false, gaps = true;
  int64_t heads = 1;  // actions
  int64_t cross_rank = 0;
  int64_t action_types = 0;
  int64_t head_cross_layers = 0;

  friend void PrintTo(const RankCase& of, std::ostream* out) { *out << of.name; }

  Recipe recipe() const {
    Recipe recipe = Recipe::defaults(model);
    recipe.candidate_mask = mask;
    recipe.causal = causal;
    recipe.dimension = 8;
    recipe.max_history = 14;
    recipe.dropout = 0.2;
    recipe.cross_rank = cross_rank;
    recipe.head_cross_layers = head_cross_layers;
    recipe.init_std = 0.3;  // so that every part is seen in the output
    return recipe;
  }
  RankTask task() const {
    return {.num_items = kRankedItems, .heads = heads, .gaps = gaps, .actions = action_types};
  }
};

class RankModelTest : public testing::TestWithParam<RankCase> {
 protected:
  void SetUp() override {
    model_ = make_rank_model(recipe_, GetParam().task());
    model_->eval();
  }

  // Three lists of six candidates; histories of 3, none and 6 events; the last candidate of the
  // second list is padding and one of the third is unknown.
  RankBatch batch() const {
    const int64_t b = special_token(kRankedItems);
    RankBatch out;
    out.tokens = torch::tensor(
        {{0L, 0L, 0L, b, 3L, 9L, 4L}, {0L, 0L, 0L, 0L, 0L, 0L, b}, {b, 1L, 2L, 3L, 4L, 5L, 6L}});
    out.gaps = (out.tokens * 5).remainder(20) * out.tokens.ne(b);
    out.request_gap = torch::tensor({3L, 0L, 17L});
    // Tokens of one known type and of none that is known.
    out.actions = (out.tokens.remainder(2) + kUnknownActionToken) *
                  out.tokens.ne(b).logical_and(out.tokens.ne(kPadding));
    out.candidates = torch::tensor(
        {{1L, 2L, 3L, 4L, 5L, 6L}, {7L, 8L, 9L, 10L, 11L, 0L}, {24L, 0L, 3L, 1L, 2L, 9L}});
    out.real = torch::ones({3, 6}, torch::kBool);
    out.real[1][5] = false;
    out.numbers = torch::arange(36).view({3, 6, 2}).to(torch::kFloat32) / 36;
    out.labels = torch::zeros({3, 6, GetParam().heads});
    out.labels[0][2] = out.labels[1][0] = out.labels[2][4] = 1;
    return out;
  }
  // The candidates [first, first + count) of every list.
  static RankBatch some(const RankBatch& whole, int64_t first, int64_t count) {
    RankBatch out = whole;
    for (Tensor* x : {&out.candidates, &out.numbers, &out.real, &out.labels}) {
      *x = x->narrow(1, first, count);
    }
    return out;
  }
  Tensor score(const RankBatch& batch) const {
    const torch::NoGradGuard no_grad;
    return model_->score(batch);
  }

  static std::vector<std::string> action_names() {
    std::vector<std::string> names;
    for (int64_t a = 0; a < GetParam().action_types; ++a) names.push_back(std::to_string(a));
    return names;
  }

  const Recipe recipe_ = GetParam().recipe();
  std::shared_ptr<RankModel> model_;
};

TEST_P(RankModelTest, CandidatesSeeEachOtherOnlyInAListMask) {
  const RankBatch whole = batch();
  const Tensor together = score(whole);
  ASSERT_EQ(together.sizes().vec(), (std::vector<int64_t>{3, 6, GetParam().heads}));
  for (int64_t block : {1, 2, 3}) {
    for (int64_t first = 0; first < 6; first += block) {
      const Tensor apart = score(some(whole, first, block));
      const double difference = largest_difference(apart, together.narrow(1, first, block));
      if (recipe_.sees_list()) {
        EXPECT_GT(difference, 1e-3) << block;
      } else {
        EXPECT_LT(difference, 1e-5) << block;
      }
    }
  }
}

TEST_P(RankModelTest, OrderOfCandidatesDoesNotMatter) {
  RankBatch turned = batch();
  for (Tensor* x : {&turned.candidates, &turned.numbers, &turned.real, &turned.labels}) {
    *x = x->flip(1);
  }
  EXPECT_LT(largest_difference(score(turned).flip(1), score(batch())), 1e-5);
}

TEST_P(RankModelTest, PaddingAndOtherListsChangeNothing) {
  const RankBatch whole = batch();
  const Tensor together = score(whole);
  const int64_t events[] = {4, 1, 7};
  for (int64_t l = 0; l < 3; ++l) {
    RankBatch alone = whole;
    for (Tensor* x : {&alone.tokens, &alone.gaps, &alone.actions}) {
      *x = x->narrow(0, l, 1).narrow(1, 7 - events[l], events[l]);
    }
    for (Tensor* x :
         {&alone.request_gap, &alone.candidates, &alone.numbers, &alone.real, &alone.labels}) {
      *x = x->narrow(0, l, 1);
    }
    EXPECT_LT(largest_difference(score(alone), together.narrow(0, l, 1)), 1e-5) << l;
  }
}

TEST_P(RankModelTest, PaddingAmongCandidatesChangesNothing) {
  const RankBatch whole = batch();
  RankBatch padded = whole;
  padded.candidates = torch::cat({whole.candidates, torch::tensor({{0L}, {5L}, {9L}})}, 1);
  padded.numbers = torch::cat({whole.numbers, torch::full({3, 1, 2}, 7.0F)}, 1);
  padded.real = torch::cat({whole.real, torch::zeros({3, 1}, torch::kBool)}, 1);
  EXPECT_LT(largest_difference(score(padded).narrow(1, 0, 6), score(whole)), 1e-5);
}

TEST_P(RankModelTest, HistoryAndCandidateBothDecide) {
  const Tensor before = score(batch());
  RankBatch other = batch();
  other.tokens[0][5] = 20;
  EXPECT_GT(largest_difference(score(other)[0], before[0]), 1e-3);
  other = batch();
  other.candidates[0][0] = 20;
  EXPECT_GT(largest_difference(score(other)[0][0], before[0][0]), 1e-3);
  const double others =
      largest_difference(score(other)[0].narrow(0, 1, 5), before[0].narrow(0, 1, 5));
  EXPECT_EQ(others < 1e-5, !recipe_.sees_list()) << others;
}

TEST_P(RankModelTest, ActionsOfTheHistoryDecideWhereTheyAreAsked) {
  RankBatch other = batch();
  other.actions[0][5] = 3 - other.actions[0][5];  // the other one of the two
  const double difference = largest_difference(score(other)[0], score(batch())[0]);
  if (GetParam().action_types > 0) {
    EXPECT_GT(difference, 1e-4);
  } else {
    EXPECT_EQ(difference, 0);
  }
}

// A log without actions has a graph without that input.
TEST_P(RankModelTest, TheGraphAsksForActionsWhereThereAreSome) {
  const RankGraphs graphs = model_->graphs();
  const std::string& of_history = graphs.history.empty() ? graphs.candidates : graphs.history;
  const OnnxFile file(of_history);
  const auto inputs = OnnxSession(file.path()).inputs();
  EXPECT_EQ(std::any_of(inputs.begin(), inputs.end(),
                        [](const TensorSpec& input) { return input.name == "actions"; }),
            GetParam().action_types > 0);
}

TEST_P(RankModelTest, EveryParameterGetsAGradient) {
  model_->train();
  Tensor loss = rank_loss(model_->score(batch()), batch(), recipe_of(ListLoss::kPointwise),
                          torch::ones({GetParam().heads}));
  loss.backward();
  for (const auto& parameter : model_->named_parameters()) {
    ASSERT_TRUE(parameter->grad().defined()) << parameter.key();
    EXPECT_TRUE(parameter->grad().isfinite().all().item<bool>()) << parameter.key();
    // A shift of all keys alike changes no softmax, so only biases of keys may have none.
    EXPECT_GT(parameter->grad().abs().max().item<float>(), 0) << parameter.key();
  }
}

// The same lists through ONNX Runtime, by every block size, with and without a cache; and through
// the kernel, where the model has one.
TEST_P(RankModelTest, FilesAnswerAsTheModel) {
  const ColourLog& colours = colour_log();
  const Dataset& data = colours.log.data;
  const RankGraphs graphs = model_->graphs();
  const std::vector<uint8_t> learned(kColourItems, 1);
  std::vector<Head> heads;
  for (int64_t h = 0; h < GetParam().heads; ++h) heads.push_back({std::to_string(h), 1});
  const std::optional<CandidateWeights> weights = model_->candidate_weights();
  EXPECT_EQ(weights.has_value(), GetParam().model == ModelKind::kAmortized && !recipe_.sees_list());
  std::vector<OwnedRequest> requests = random_requests(40);
  for (uint32_t item = 0; item < 17; ++item) requests.back().take(item);  // longer than is seen
  requests.back().offer(3, 1);
  for (const size_t block : {1, 5, 1000, 0}) {  // 0: the kernel
    if (block == 0 && !weights) continue;
    NeuralRankerConfig config{
        .architecture = GetParam().name,
        .kernel = block == 0 ? RankKernel::kFp32 : RankKernel::kOnnx,
        .inputs = {.max_history = 14, .gaps = GetParam().gaps, .actions = action_names()},
        .block = std::max<size_t>(block, 1),
        .whole_list = recipe_.sees_list()};
    const NeuralRanker ranker(config,
                              {.history = graphs.history,
                               .candidates = graphs.candidates,
                               .learned = learned,
                               .weights = weights},
                              heads);
    NeuralRequest written;
    for (const OwnedRequest& owned : requests) {
      const RankRequest request = owned.view();
      if (request.candidates.empty()) continue;
      RequestWriter(config.inputs, learned).write(request, written);
      const auto row = [](const std::vector<int64_t>& x) {
        return torch::tensor(x, torch::kInt64).unsqueeze(0);
      };
      RankBatch one;
      one.tokens = row(written.tokens);
      one.gaps = row(written.gaps);
      one.actions = row(written.actions);
      one.request_gap = torch::full({1}, written.request_gap, torch::kInt64);
      one.candidates = row(written.candidates);
      one.numbers = torch::tensor(written.numbers).view({1, -1, 2});
      one.real = torch::ones_like(one.candidates, torch::kBool);
      const Tensor expected = score(one).contiguous();
      for (int turn = 0; turn < 2; ++turn) {  // the second finds the history in the cache
        std::vector<float> scores(request.candidates.size() * heads.size());
        ranker.score_heads({&request, 1}, scores);
        for (size_t i = 0; i < scores.size(); ++i) {
          ASSERT_NEAR(scores[i], expected.data_ptr<float>()[i], 1e-5) << block;
        }
      }
    }
    const bool two = !graphs.history.empty();
    EXPECT_EQ(ranker.cache().value_or(CacheFigures{}).hits > 0, two);
  }
}

INSTANTIATE_TEST_SUITE_P(
    , RankModelTest,
    testing::Values(RankCase{"amortized", ModelKind::kAmortized},
                    RankCase{"amortized_self", ModelKind::kAmortized, CandidateMask::kHistorySelf},
                    RankCase{"amortized_causal", ModelKind::kAmortized, CandidateMask::kHistory,
                             true, true, 2},
                    RankCase{"amortized_order", ModelKind::kAmortized, CandidateMask::kHistorySelf,
                             true, false},
                    RankCase{"amortized_list", ModelKind::kAmortized, CandidateMask::kList},
                    RankCase{"amortized_list_causal", ModelKind::kAmortized, CandidateMask::kList,
                             true, false, 2},
                    RankCase{"amortized_actions", ModelKind::kAmortized,
                             CandidateMask::kHistorySelf, true, true, 1, 0, 2},
                    RankCase{"amortized_cross", ModelKind::kAmortized, CandidateMask::kHistory,
                             false, true, 1, 0, 0, 2},
                    RankCase{"amortized_cross_low_rank", ModelKind::kAmortized,
                             CandidateMask::kHistorySelf, false, true, 1, 3, 0, 2},
                    RankCase{"bst", ModelKind::kBst},
                    RankCase{"bst_actions", ModelKind::kBst, {}, false, true, 1, 0, 2},
                    RankCase{"bst_order", ModelKind::kBst, {}, false, false, 2},
                    RankCase{"transact", ModelKind::kTransact},
                    RankCase{"transact_order", ModelKind::kTransact, {}, false, false, 2},
                    RankCase{"transact_actions", ModelKind::kTransact, {}, false, true, 2, 0, 2},
                    RankCase{"transact_cross", ModelKind::kTransact, {}, false, true, 1, 5, 0, 1},
                    RankCase{"din", ModelKind::kDin},
                    RankCase{"din_actions", ModelKind::kDin, {}, false, false, 1, 0, 2},
                    RankCase{"din_order", ModelKind::kDin, {}, false, false, 2},
                    RankCase{"dcn_v2", ModelKind::kDcnV2},
                    RankCase{"dcn_v2_actions", ModelKind::kDcnV2, {}, false, false, 1, 0, 2},
                    RankCase{"dcn_v2_low_rank", ModelKind::kDcnV2, {}, false, false, 2, 3}),
    [](const testing::TestParamInfo<RankCase>& one) { return one.param.name; });

// What was encoded of a causal history is extended by its new events, one or several at a time,
// and gives what encoding all of it again gives.
TEST(Amortized, AGrownHistoryExtendsWhatIsInTheCache) {
  const RankCase of{"", ModelKind::kAmortized, CandidateMask::kHistory, true};
  const auto model = make_rank_model(of.recipe(), of.task());
  const std::string graph = model->graphs().history;
  const HistoryEncoder kept(graph, 1 << 20), fresh(graph, 0);
  ASSERT_TRUE(kept.extends());
  const int64_t b = special_token(kRankedItems);
  NeuralRequest request;
  uint64_t calls = 0;
  for (const std::vector<int64_t>& tokens :
       std::vector<std::vector<int64_t>>{{b}, {b, 3}, {b, 3, 9, 4}, {b, 3, 9, 4, 4, 1}}) {
    request.tokens = tokens;
    request.gaps.assign(tokens.size(), 2);
    request.gaps[0] = 0;
    request.actions.assign(tokens.size(), kNoActionToken);
    const auto extended = kept.encode(request), whole = fresh.encode(request);
    ASSERT_EQ(extended->outputs.size(), 4u);
    for (size_t o = 0; o < 4; ++o) {
      ASSERT_EQ(extended->outputs[o].size(), 8 * tokens.size());
      for (size_t i = 0; i < extended->outputs[o].size(); ++i) {
        EXPECT_NEAR(extended->outputs[o][i], whole->outputs[o][i], 1e-5);
      }
    }
    EXPECT_EQ(kept.cache().extended, calls++);
  }
  EXPECT_EQ(fresh.cache().extended, 0u);
}

// Zeros stand where TransAct's ten newest places are not: more events than those change the score
// by the largest over places alone.
TEST(Transact, TakesShortAndLongHistories) {
  const RankCase of{"", ModelKind::kTransact, {}, false, false};
  const auto model = make_rank_model(of.recipe(), of.task());
  model->eval();
  for (const int64_t length : {1, 9, 10, 11, 15}) {
    RankBatch batch;
    batch.tokens = torch::arange(length).view({1, length}) + 1;
    batch.gaps = torch::zeros_like(batch.tokens);
    batch.request_gap = torch::zeros({1}, torch::kInt64);
    batch.candidates = torch::tensor({{3L, 8L}});
    batch.numbers = torch::zeros({1, 2, 2});
    const Tensor scores = model->score(batch);
    EXPECT_TRUE(scores.isfinite().all().item<bool>()) << length;
    batch.tokens[0][0] = 20;  // the oldest event is seen however long the history
    EXPECT_GT(largest_difference(model->score(batch), scores), 1e-6) << length;
  }
}

double loss_of(const Tensor& logits, const RankBatch& batch, ListLoss kind,
               const std::vector<float>& weights = {1}) {
  return rank_loss(logits, batch, recipe_of(kind), torch::tensor(weights)).item<double>();
}

TEST(RankLoss, ListwiseByHand) {
  RankBatch batch;
  batch.real = torch::tensor({{true, true, false}, {true, true, true}});
  batch.labels = torch::tensor({{1.0F, 0.0F, 0.0F}, {0.0F, 0.0F, 0.0F}}).unsqueeze(2);
  const Tensor logits =
      torch::tensor({{std::log(3.0F), 0.0F, 50.0F}, {1.0F, 2.0F, 3.0F}}).unsqueeze(2);
  // The second list has no positive; the third candidate of the first is padding: -log(3/4).
  EXPECT_NEAR(loss_of(logits, batch, ListLoss::kListwise), std::log(4.0 / 3), 1e-6);
}

TEST(RankLoss, PointwiseByHand) {
  RankBatch batch;
  batch.real = torch::tensor({{true, true, false}});
  batch.labels = torch::tensor({{1.0F, 0.0F, 0.0F}}).unsqueeze(2);
  const Tensor logits = torch::tensor({{std::log(3.0F), 0.0F, 50.0F}}).unsqueeze(2);
  const double expected = (std::log(4.0 / 3) + std::log(2.0)) / 2;
  EXPECT_NEAR(loss_of(logits, batch, ListLoss::kPointwise), expected, 1e-6);
}

TEST(RankLoss, FocalWeighsWhatIsKnownLess) {
  RankBatch batch;
  batch.real = torch::tensor({{true, true}});
  batch.labels = torch::tensor({{1.0F, 0.0F}}).unsqueeze(2);
  const Tensor logits = torch::tensor({{std::log(3.0F), 0.0F}}).unsqueeze(2);
  // The positive has 3/4 of the truth and the other 1/2; gamma is 2.
  const double expected =
      (std::pow(1.0 / 4, 2) * std::log(4.0 / 3) + std::pow(1.0 / 2, 2) * std::log(2.0)) / 2;
  EXPECT_NEAR(loss_of(logits, batch, ListLoss::kFocal), expected, 1e-6);
}

TEST(RankLoss, HeadsAreAddedByTheirWeights) {
  RankBatch batch;
  batch.real = torch::tensor({{true, true}});
  batch.labels = torch::tensor({1.0F, 0.0F, 0.0F, 1.0F}).view({1, 2, 2});  // (m, heads)
  const Tensor logits = torch::tensor({std::log(3.0F), 0.0F, 0.0F, 0.0F}).view({1, 2, 2});
  // Listwise: the first head gives its positive 3/4, the second 1/2.
  EXPECT_NEAR(loss_of(logits, batch, ListLoss::kListwise, {2, 0.5F}),
              2 * std::log(4.0 / 3) + 0.5 * std::log(2.0), 1e-6);
  // Pointwise: 3/4 and 1/2 of the right answers, then 1/2 and 1/2.
  EXPECT_NEAR(loss_of(logits, batch, ListLoss::kPointwise, {2, 0.5F}),
              2 * (std::log(4.0 / 3) + std::log(2.0)) / 2 + 0.5 * std::log(2.0), 1e-6);
}

TEST(MakeRankModel, RefusesModelsThatRetrieve) {
  EXPECT_THROW(make_rank_model(Recipe::defaults(ModelKind::kSasrec), {.num_items = 3}), Error);
}

}  // namespace
}  // namespace kaskad::train
