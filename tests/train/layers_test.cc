#include <gtest/gtest.h>
#include <torch/torch.h>

#include <limits>
#include <sstream>
#include <utility>
#include <vector>

#include "kaskad/train/batch.h"
#include "kaskad/train/layers/attend.h"
#include "kaskad/train/layers/block.h"
#include "kaskad/train/layers/embedding.h"
#include "kaskad/train/layers/item_features.h"
#include "kaskad/train/layers/layer_norm.h"
#include "kaskad/train/layers/pooling.h"
#include "kaskad/train/layers/tower.h"
#include "kaskad/train/layers/unit_length.h"
#include "run_graph.h"

namespace kaskad::train {
namespace {

constexpr double kSame = 1e-5;

// Left-padded histories of the given lengths, tokens 1, 2, 3, ...
torch::Tensor histories(const std::vector<int64_t>& lengths, int64_t columns) {
  torch::Tensor tokens =
      torch::zeros({static_cast<int64_t>(lengths.size()), columns}, torch::kInt64);
  int64_t next = 1;
  for (size_t b = 0; b < lengths.size(); ++b) {
    for (int64_t i = columns - lengths[b]; i < columns; ++i) {
      tokens[static_cast<int64_t>(b)][i] = next++;
    }
  }
  return tokens;
}

std::shared_ptr<DropoutMasks> masks() { return std::make_shared<DropoutMasks>(1); }

TEST(Rows, PackWhatIsNoPadding) {
  const torch::Tensor tokens = torch::tensor({{0, 0, 5}, {0, 0, 0}, {7, 8, 9}});
  const Rows rows(tokens);
  EXPECT_EQ(rows.offsets, (std::vector<int64_t>{0, 1, 1, 4}));
  EXPECT_TRUE(torch::equal(rows.pack(tokens), torch::tensor({5, 7, 8, 9})));
  EXPECT_TRUE(torch::equal(rows.pad(rows.pack(tokens)), tokens));
  // The newest event has the same distance however long its history is.
  EXPECT_TRUE(torch::equal(rows.distance(), torch::tensor({0, 2, 1, 0})));
  EXPECT_FALSE(rows.full);
}

TEST(Rows, FullBatchesAreTheSameMemory) {
  const torch::Tensor tokens = torch::tensor({{1, 2}, {3, 4}});
  const Rows rows(tokens);
  EXPECT_TRUE(rows.full);
  const torch::Tensor packed = rows.pack(tokens);
  EXPECT_EQ(packed.data_ptr(), tokens.data_ptr());
  EXPECT_EQ(rows.pad(packed).data_ptr(), tokens.data_ptr());
}

// ---- attention: the fast form against the plain one

struct AttendCase {
  std::vector<int64_t> lengths;
  int64_t columns, heads;
  bool causal;

  friend void PrintTo(const AttendCase& of, std::ostream* out) {
    *out << testing::PrintToString(of.lengths) << " in " << of.columns << ", " << of.heads
         << " heads" << (of.causal ? ", causal" : "");
  }
};

class AttendTest : public testing::TestWithParam<AttendCase> {};

TEST_P(AttendTest, RowsAndFusedEqualPadded) {
  const auto& [lengths, columns, heads, causal] = GetParam();
  const Rows rows(histories(lengths, columns));
  torch::manual_seed(3);
  const torch::Tensor qkv = torch::randn({rows.offsets.back(), 3 * 8});
  const torch::Tensor weights = torch::randn({rows.offsets.back(), 8});
  const AttentionOptions options{AttentionKind::kSoftmax, heads, causal};
  const Dropout none(0, masks());
  const auto value_and_gradient = [&](bool fast) {
    const torch::Tensor in = qkv.clone().requires_grad_();
    const torch::Tensor out =
        fast ? attend_rows(in, rows, options, none) : attend_padded(in, {}, rows, options, none);
    (out * weights).sum().backward();
    return std::pair(out.detach(), in.grad());
  };
  const auto [fast, fast_gradient] = value_and_gradient(true);
  const auto [plain, plain_gradient] = value_and_gradient(false);
  EXPECT_LT(largest_difference(fast, plain), kSame);
  EXPECT_LT(largest_difference(fast_gradient, plain_gradient), 3e-5);
}

INSTANTIATE_TEST_SUITE_P(
    , AttendTest,
    testing::Values(AttendCase{{3}, 3, 1, true}, AttendCase{{1, 0, 5, 2}, 6, 2, true},
                    AttendCase{{64, 65, 150, 1}, 150, 2, true},  // chunks of 64 queries
                    AttendCase{{1, 0, 5, 2}, 5, 4, false},
                    AttendCase{{64, 65, 150, 1}, 151, 1, false}));

// Without padding both number the scores alike, so their masks are the same.
TEST(Attend, DropoutOfRowsEqualsThatOfPadded) {
  for (const bool causal : {true, false}) {
    const Rows rows(histories({70, 70, 70}, 70));
    torch::manual_seed(3);
    const torch::Tensor qkv = torch::randn({rows.offsets.back(), 3 * 8});
    const torch::Tensor weights = torch::randn({rows.offsets.back(), 8});
    const AttentionOptions options{AttentionKind::kSoftmax, 2, causal};
    const auto value_and_gradient = [&](bool fast) {
      const Dropout dropout(0.3, masks());
      const torch::Tensor in = qkv.clone().requires_grad_();
      const torch::Tensor out = fast ? attend_rows(in, rows, options, dropout)
                                     : attend_padded(in, {}, rows, options, dropout);
      (out * weights).sum().backward();
      return std::pair(out.detach(), in.grad());
    };
    const auto [fast, fast_gradient] = value_and_gradient(true);
    const auto [plain, plain_gradient] = value_and_gradient(false);
    EXPECT_LT(largest_difference(fast, plain), kSame);
    EXPECT_LT(largest_difference(fast_gradient, plain_gradient), 3e-5);
  }
}

TEST(Attend, AnEmptyBatchOfRowsGivesNoRows) {
  const Rows rows(histories({0, 0}, 4));
  const Dropout none(0, masks());
  const torch::Tensor qkv = torch::randn({0, 24}).requires_grad_();
  const torch::Tensor out = attend_rows(qkv, rows, {AttentionKind::kSoftmax, 1, true}, none);
  EXPECT_EQ(out.sizes().vec(), (std::vector<int64_t>{0, 8}));
}

// ---- every layer: libtorch equals ONNX Runtime

torch::Tensor run_layer(const torch::Tensor& x, const std::function<Value(Graph&, Value)>& emit) {
  Graph graph("layer");
  const int64_t d = x.size(-1);
  const Value in = graph.input("x", ElementType::kFloat, {"batch", "length", d});
  graph.output(emit(graph, in), "y", ElementType::kFloat, {"batch", "length", d});
  return run_graph(graph.to_bytes("0"), {x}, x.sizes().vec());
}

TEST(LayerGraph, EqualsForward) {
  const torch::NoGradGuard no_grad;
  torch::manual_seed(2);
  const torch::Tensor x = torch::randn({2, 3, 8});
  const auto check = [&](auto&& layer, const char* name) {
    draw_large(layer);
    const torch::Tensor y =
        run_layer(x, [&](Graph& graph, const Value& in) { return layer.emit(graph, in); });
    EXPECT_LT(largest_difference(y, layer.forward(x)), kSame) << name;
  };
  check(Linear(8, 8, true), "linear");
  check(Linear(8, 8, false), "linear without bias");
  check(LayerNorm(8), "layer norm");
  check(FeedForward(8, 16, Activation::kRelu, 0, masks()), "relu");
  check(FeedForward(8, 16, Activation::kGelu, 0, masks()), "gelu");
  check(FeedForward(8, 16, Activation::kSwiglu, 0, masks()), "swiglu");
  check(Tower(8, 16, 0, masks()), "tower");
  check(Temperature(), "temperature");
}

TEST(LayerGraph, EmbeddingEqualsForward) {
  Embedding embedding(5, 4);
  draw_large(embedding);
  const torch::Tensor numbers = torch::tensor({{0, 4, 2}});
  Graph graph("embedding");
  const Value in = graph.input("x", ElementType::kInt64, {"batch", "length"});
  graph.output(embedding.emit(graph, in), "y", ElementType::kFloat,
               {"batch", "length", int64_t{4}});
  const torch::Tensor y = run_graph(graph.to_bytes("0"), {numbers}, {1, 3, 4});
  EXPECT_TRUE(torch::equal(y, embedding.forward(numbers)));
}

struct BlockCase {
  const char* name;
  BlockKind kind;
  bool causal;

  friend void PrintTo(const BlockCase& of, std::ostream* out) {
    *out << of.name << (of.causal ? ", causal" : "");
  }
};

class BlockTest : public testing::TestWithParam<BlockCase> {
 protected:
  void SetUp() override {
    BlockOptions options;
    options.kind = GetParam().kind;
    options.dimension = 8;
    options.heads = 2;
    options.inner = 12;
    options.causal = GetParam().causal;
    options.max_history = 5;  // shorter than the histories: far keys share HSTU's last bias
    options.activation = Activation::kGelu;
    block_ = make_block(options, masks());
    draw_large(*block_);
    block_->eval();
    x_ = torch::randn({3, 7, 8});
  }

  torch::Tensor forward(const torch::Tensor& x, const torch::Tensor& tokens) {
    const Rows rows(tokens);
    return rows.pad(block_->forward(rows.pack(x), rows));
  }

  std::pair<Value, GraphRows> inputs(Graph& graph) const {
    const Value tokens = graph.input("tokens", ElementType::kInt64, {"batch", "length"});
    const Value x = graph.input("x", ElementType::kFloat, {"batch", "length", int64_t{8}});
    GraphRows rows = emit_rows(graph, tokens);
    rows.visible = emit_visible(graph, rows, GetParam().causal);
    return {x, rows};
  }

  std::shared_ptr<Block> block_;
  torch::Tensor x_;
  const torch::Tensor tokens_ = histories({7, 1, 4}, 7);
};

TEST_P(BlockTest, GraphEqualsForward) {
  Graph graph("block");
  const auto [x, rows] = inputs(graph);
  const Value y = graph.node("Mul", {block_->emit(graph, x, rows), rows.real});
  graph.output(y, "y", ElementType::kFloat, {"batch", "length", int64_t{8}});
  const torch::Tensor ran = run_graph(graph.to_bytes("0"), {tokens_, x_}, {3, 7, 8});
  EXPECT_LT(largest_difference(ran, forward(x_, tokens_)), kSame);
}

TEST_P(BlockTest, GraphOfTheNewestPlaceEqualsTheLastOfForward) {
  Graph graph("block");
  const auto [x, rows] = inputs(graph);
  const Value y = block_->emit(graph, x, emit_newest_only(graph, rows));
  graph.output(y, "y", ElementType::kFloat, {"batch", int64_t{1}, int64_t{8}});
  const torch::Tensor ran = run_graph(graph.to_bytes("0"), {tokens_, x_}, {3, 1, 8});
  EXPECT_LT(largest_difference(ran.select(1, 0), forward(x_, tokens_).select(1, 6)), kSame);
}

TEST_P(BlockTest, LaterPlacesAreSeenOnlyByBidirectionalBlocks) {
  torch::Tensor changed = x_.clone();
  changed.select(1, 6).select(1, 0) += 1;  // the last place of every history
  const torch::Tensor before = forward(x_, tokens_), after = forward(changed, tokens_);
  const double earlier = largest_difference(before.narrow(1, 0, 6), after.narrow(1, 0, 6));
  if (GetParam().causal) {
    EXPECT_EQ(earlier, 0);
  } else {
    EXPECT_GT(earlier, 1e-4);
  }
  EXPECT_GT(largest_difference(before.select(1, 6), after.select(1, 6)), 1e-3);
}

TEST_P(BlockTest, EarlierPlacesAreSeen) {
  torch::Tensor changed = x_.clone();
  changed[0][0][0] += 1;
  EXPECT_GT(largest_difference(forward(x_, tokens_)[0][6], forward(changed, tokens_)[0][6]), 1e-4);
}

TEST_P(BlockTest, HistoriesDoNotSeeEachOtherNorPadding) {
  torch::Tensor changed = x_.clone();
  changed[0].select(1, 0) += 1;       // another history
  changed[2].narrow(0, 0, 3) += 100;  // padding of this one
  const torch::Tensor before = forward(x_, tokens_)[2], after = forward(changed, tokens_)[2];
  EXPECT_EQ(largest_difference(before, after), 0);
}

INSTANTIATE_TEST_SUITE_P(, BlockTest,
                         testing::Values(BlockCase{"post_norm", BlockKind::kPostNorm, true},
                                         BlockCase{"post_norm", BlockKind::kPostNorm, false},
                                         BlockCase{"pre_norm", BlockKind::kPreNorm, true},
                                         BlockCase{"pre_norm", BlockKind::kPreNorm, false},
                                         BlockCase{"ligr", BlockKind::kLigr, true},
                                         BlockCase{"ligr", BlockKind::kLigr, false},
                                         BlockCase{"hstu", BlockKind::kHstu, true},
                                         BlockCase{"hstu", BlockKind::kHstu, false}));

// ---- pooling

TEST(Pooling, MeanOfWhatCameBefore) {
  const Rows rows(torch::tensor({{0, 1, 2, 3}, {0, 0, 0, 4}}));
  const Pooling pooling(/*decayed=*/false, 4);
  const torch::Tensor x = torch::tensor({{1.0F}, {3.0F}, {8.0F}, {5.0F}});
  // 1;  (1 + 3) / 2;  (1 + 3 + 8) / 3;  and another history alone.
  const torch::Tensor expected = torch::tensor({{1.0F}, {2.0F}, {4.0F}, {5.0F}});
  EXPECT_LT(largest_difference(pooling.forward(x, rows), expected), kSame);
}

TEST(Pooling, DecayWeighsByDistance) {
  const Rows rows(torch::tensor({{1, 2, 3}}));
  Pooling pooling(/*decayed=*/true, 3);
  const torch::NoGradGuard no_grad;
  pooling.parameters().front().fill_(0);  // g = sigmoid(0) = 1/2
  const torch::Tensor x = torch::tensor({{1.0F}, {2.0F}, {4.0F}});
  // (4 + 2/2 + 1/4) / (1 + 1/2 + 1/4) = 5.25 / 1.75 = 3
  EXPECT_NEAR(pooling.forward(x, rows)[2].item<float>(), 3, kSame);
  // (2 + 1/2) / (1 + 1/2)
  EXPECT_NEAR(pooling.forward(x, rows)[1].item<float>(), 2.5 / 1.5, kSame);
}

TEST(Pooling, GraphEqualsTheLastPlace) {
  const torch::NoGradGuard no_grad;
  const torch::Tensor tokens = histories({5, 2, 0}, 5);
  const torch::Tensor x = torch::randn({3, 5, 4});
  for (const bool decayed : {false, true}) {
    const Pooling pooling(decayed, 9);
    Graph graph("pooling");
    const Value in = graph.input("tokens", ElementType::kInt64, {"batch", "length"});
    const Value vectors = graph.input("x", ElementType::kFloat, {"batch", "length", int64_t{4}});
    graph.output(pooling.emit(graph, vectors, emit_rows(graph, in)), "y", ElementType::kFloat,
                 {"batch", int64_t{4}});
    const torch::Tensor y = run_graph(graph.to_bytes("0"), {tokens, x}, {3, 4});
    const Rows rows(tokens);
    const torch::Tensor expected = rows.pad(pooling.forward(rows.pack(x), rows)).select(1, -1);
    EXPECT_LT(largest_difference(y, expected), kSame);  // the empty one is 0 in both
  }
}

// ---- dropout

TEST(DropoutLayer, DropsInTrainingAndNotInEvaluation) {
  Dropout dropout(0.25, masks());
  const torch::Tensor x = torch::ones({1000, 100});
  const torch::Tensor y = dropout.forward(x);
  EXPECT_NEAR(y.eq(0).to(torch::kFloat64).mean().item<double>(), 0.25, 0.01);
  EXPECT_NEAR(y.mean().item<double>(), 1, 0.01);
  EXPECT_FALSE(torch::equal(dropout.forward(x), y));  // the next mask is another one
  dropout.eval();
  EXPECT_TRUE(torch::equal(dropout.forward(x), x));
}

TEST(DropoutLayer, GradientPassesWhereValuesDo) {
  const Dropout dropout(0.5, masks());
  const torch::Tensor x = torch::ones({64, 33}).requires_grad_();
  const torch::Tensor y = dropout.forward(x);
  y.sum().backward();
  EXPECT_TRUE(torch::equal(x.grad(), y.detach()));  // both are mask * 2
}

TEST(DropoutLayer, DoesNotDependOnTheNumberOfThreads) {
  const int threads = at::get_num_threads();
  const torch::Tensor x = torch::randn({500, 501});
  at::set_num_threads(1);
  const torch::Tensor one = Dropout(0.5, masks()).forward(x);
  at::set_num_threads(3);
  const torch::Tensor three = Dropout(0.5, masks()).forward(x);
  at::set_num_threads(threads);
  EXPECT_TRUE(torch::equal(one, three));
}

TEST(DropoutLayer, GoesOnWhereItsStateWasSaved) {
  const auto first = masks();
  const torch::Tensor x = torch::ones({100, 10});
  Dropout(0.5, first).forward(x);
  torch::serialize::OutputArchive out;
  first->save(out);
  std::stringstream stored;
  out.save_to(stored);
  const torch::Tensor expected = Dropout(0.5, first).forward(x);

  const auto second = std::make_shared<DropoutMasks>(99);
  torch::serialize::InputArchive in;
  in.load_from(stored);
  second->load(in);
  EXPECT_TRUE(torch::equal(Dropout(0.5, second).forward(x), expected));
}

// ---- features of items

// Three items: a category of two values (item 0: both, 1: none, 2: the second), a number with a
// gap, and a content vector with a gap.
struct Features {
  std::vector<uint64_t> offsets = {0, 2, 2, 3};
  std::vector<uint32_t> codes = {0, 1, 1};
  std::vector<float> price = {1, std::numeric_limits<float>::quiet_NaN(), 3};
  std::vector<float> content = {
      3, 4, std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::quiet_NaN(), 0, 5};
  FeatureTable table() const {
    FeatureTable features;
    features.rows = 3;
    features.categorical.push_back({"genre", {"a", "b"}, offsets, codes});
    features.dense.push_back({"price", 1, price});
    features.dense.push_back({"content", 2, content});
    return features;
  }
};

TEST(ItemFeatures, NumbersAreStandardisedAndGapsFlagged) {
  const Features features;
  // Prices 1 and 3: mean 2, deviation 1. Content of length 5 twice: divided by 5.
  const torch::Tensor expected = torch::tensor(
      {{-1.0F, 0.0F, 0.6F, 0.8F}, {0.0F, 1.0F, 0.0F, 0.0F}, {1.0F, 0.0F, 0.0F, 1.0F}});
  EXPECT_LT(largest_difference(number_columns(features.table()), expected), 1e-6);
}

TEST(ItemFeatures, SumTheVectorsOfTheirValues) {
  const Features features;
  const torch::NoGradGuard no_grad;
  ItemFeatures layer(features.table(), 1);
  layer.named_parameters()["category0"].copy_(torch::tensor({{10.0F}, {100.0F}}));
  layer.named_parameters()["map.weight"].copy_(torch::tensor({{1.0F, 2.0F, 0.0F, 5.0F}}));
  const torch::Tensor y = layer.forward(torch::tensor({2, 0, 1, 2}));
  // item 0: 10 + 100 - 1 + 5 * .8;  item 1: 2 for the missing price;  item 2: 100 + 1 + 5
  const torch::Tensor expected = torch::tensor({{106.0F}, {113.0F}, {2.0F}, {106.0F}});
  EXPECT_LT(largest_difference(y, expected), 1e-5);
}

}  // namespace
}  // namespace kaskad::train
