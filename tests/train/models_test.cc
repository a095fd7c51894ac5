#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>

#include "kaskad/core/error.h"
#include "kaskad/train/bert4rec.h"
#include "kaskad/train/parity.h"
#include "kaskad/train/sasrec.h"
#include "kaskad/train/two_tower.h"
#include "run_graph.h"
#include "tests/dataset/make_dataset.h"
#include "tests/onnx/onnx_checker.h"

namespace kaskad::train {
namespace {

constexpr int64_t kModelItems = 12;
constexpr int64_t kLongest = 10;

// Item i is of genre i % 2; its price, if it has one, is i.
class GenreFeatures {
 public:
  explicit GenreFeatures(size_t items, bool with_price = true) {
    for (size_t i = 0; i < items; ++i) {
      offsets_.push_back(i);
      codes_.push_back(static_cast<uint32_t>(i % 2));
      price_.push_back(static_cast<float>(i));
    }
    offsets_.push_back(items);
    table_.rows = items;
    table_.categorical.push_back({"genre", {"even", "odd"}, offsets_, codes_});
    if (with_price) table_.dense.push_back({"price", 1, price_});
  }
  GenreFeatures(const GenreFeatures&) = delete;
  GenreFeatures& operator=(const GenreFeatures&) = delete;

  const FeatureTable& table() const { return table_; }

 private:
  std::vector<uint64_t> offsets_;
  std::vector<uint32_t> codes_;
  std::vector<float> price_;
  FeatureTable table_;
};

std::shared_ptr<SequenceModel> make(const Recipe& recipe, const ModelCatalogue& catalogue) {
  switch (recipe.model) {
    case ModelKind::kSasrec:
      return std::make_shared<Sasrec>(recipe, catalogue);
    case ModelKind::kBert4rec:
      return std::make_shared<Bert4rec>(recipe, catalogue);
    case ModelKind::kTwoTower:
      return std::make_shared<TwoTower>(recipe, catalogue);
    default:
      return nullptr;
  }
}

struct ModelCase {
  const char* name;
  ModelKind model;
  BlockKind block = BlockKind::kPreNorm;
  PoolingKind pooling = PoolingKind::kEncoder;
  bool features = false, gaps = false, normalise = false;
  bool users = false;  // features of users and the clock

  friend void PrintTo(const ModelCase& of, std::ostream* out) { *out << of.name; }

  Recipe recipe() const {
    Recipe recipe;
    recipe.model = model;
    recipe.block = block;
    recipe.pooling = pooling;
    recipe.item_features = features;
    recipe.time_features = gaps;
    recipe.normalise = normalise;
    recipe.user_features = recipe.clock_features = users;
    recipe.causal = model != ModelKind::kBert4rec;
    recipe.dimension = 8;
    recipe.heads = 2;
    recipe.max_history = kLongest;
    recipe.init_std = 0.3;  // so that every part is seen in the output
    recipe.dropout = 0.2;
    return recipe;
  }
};

class ModelTest : public testing::TestWithParam<ModelCase> {
 protected:
  void SetUp() override {
    model_ = make(recipe_, catalogue());
    model_->eval();
  }

  ModelCatalogue catalogue() const {
    return {.num_items = kModelItems,
            .features = recipe_.item_features ? &features_.table() : nullptr,
            .users = recipe_.user_features ? &users_.table() : nullptr};
  }

  // Rows of tokens with gaps and times that depend on the token; who the user is depends on the
  // last token but one.
  SequenceBatch batch(const torch::Tensor& tokens) const {
    SequenceBatch out;
    out.tokens = tokens;
    if (recipe_.time_features) out.gaps = (tokens * 3).remainder(20);
    if (!recipe_.user_features) return out;
    const torch::Tensor known = tokens.narrow(1, tokens.size(1) - 2, 1);
    out.user_codes = torch::cat({known.remainder(3), torch::zeros_like(known)}, 1);
    out.user_numbers = known.to(torch::kFloat32).masked_fill(known.eq(0), std::nanf(""));
    out.clock = torch::stack({tokens.remainder(24) + 1, tokens.remainder(7) + 25}, 2);
    return out;
  }

  torch::Tensor encode(const torch::Tensor& tokens) {
    const torch::NoGradGuard no_grad;
    return model_->encode(batch(tokens));
  }

  const Recipe recipe_ = GetParam().recipe();
  const GenreFeatures features_{kModelItems}, users_{6};
  std::shared_ptr<SequenceModel> model_;
  const torch::Tensor tokens_ =
      torch::tensor({{0, 0, 13, 4, 5, 6}, {0, 0, 0, 0, 0, 13}, {7, 1, 12, 3, 2, 7}});
};

TEST_P(ModelTest, FileAnswersAsTheModel) {
  const OnnxFile file(model_->user_graph());
  const FeatureSchema users =
      recipe_.user_features ? FeatureSchema::of(users_.table()) : FeatureSchema();
  const ParityReport report = measure_parity(*model_, recipe_, users, file.path());
  ASSERT_EQ(report.cases.size(), 5U);
  EXPECT_LT(report.worst(), 1e-5) << report.to_string();
  EXPECT_NO_THROW(require_parity(report));
}

TEST_P(ModelTest, EarlierPlacesDoNotSeeLaterEvents) {
  if (!model_->is_causal()) GTEST_SKIP() << "sees both sides";
  torch::Tensor changed = tokens_.clone();
  changed[0][5] = 9;
  changed[2][5] = 1;
  const torch::Tensor before = encode(tokens_), after = encode(changed);
  EXPECT_LT(largest_difference(before.narrow(1, 0, 5), after.narrow(1, 0, 5)), 1e-6);
  EXPECT_GT(largest_difference(before[0][5], after[0][5]), 1e-3);
}

// A vector at a place is what the history up to it gives, shifted by nothing but its position.
TEST_P(ModelTest, PaddingOnTheLeftChangesNothing) {
  const torch::Tensor wider = torch::cat({torch::zeros({3, 4}, torch::kInt64), tokens_}, 1);
  const torch::Tensor narrow = encode(tokens_), wide = encode(wider);
  EXPECT_LT(largest_difference(wide.narrow(1, 4, 6), narrow), 1e-6);
  EXPECT_EQ(wide.narrow(1, 0, 4).abs().max().item<float>(), 0);
}

TEST_P(ModelTest, BatchEqualsSingle) {
  const torch::Tensor together = encode(tokens_);
  for (int64_t b = 0; b < 3; ++b) {
    const torch::Tensor alone = encode(tokens_.narrow(0, b, 1));
    EXPECT_LT(largest_difference(alone[0], together[b]), 1e-5);
  }
}

TEST_P(ModelTest, OnlyTheNewestEventsOfALongHistoryAreSeen) {
  const torch::NoGradGuard no_grad;
  torch::Tensor history = torch::arange(1, 16).remainder(kModelItems).add(1).unsqueeze(0);
  const torch::Tensor before = model_->user_vectors(batch(history));
  history[0][0] = 11;  // 15 events: the first is far outside
  EXPECT_EQ(largest_difference(model_->user_vectors(batch(history)), before), 0);
  history[0][8] = 11;  // inside
  EXPECT_GT(largest_difference(model_->user_vectors(batch(history)), before), 1e-4);
}

TEST_P(ModelTest, EveryParameterGetsAGradient) {
  model_->train();
  torch::manual_seed(8);
  const torch::Tensor users = model_->encode(batch(tokens_));
  const torch::Tensor scores = torch::matmul(users, model_->all_item_vectors().t());
  (scores * torch::randn_like(scores)).sum().backward();
  for (const auto& parameter : model_->named_parameters()) {
    ASSERT_TRUE(parameter->grad().defined()) << parameter.key();
    EXPECT_GT(parameter->grad().abs().max().item<float>(), 0) << parameter.key();
    EXPECT_TRUE(parameter->grad().isfinite().all().item<bool>()) << parameter.key();
  }
}

TEST_P(ModelTest, DropsOutOnlyWhileTraining) {
  EXPECT_TRUE(torch::equal(encode(tokens_), encode(tokens_)));
  model_->train();
  EXPECT_FALSE(torch::equal(encode(tokens_), encode(tokens_)));
}

TEST_P(ModelTest, TheSameSeedGivesTheSameModelAndMasks) {
  const auto again = make(recipe_, catalogue());
  model_->train();
  again->train();
  const torch::NoGradGuard no_grad;
  EXPECT_TRUE(torch::equal(model_->encode(batch(tokens_)), again->encode(batch(tokens_))));
}

TEST_P(ModelTest, ItemVectorsAreRowsOfAllItemVectors) {
  const torch::NoGradGuard no_grad;
  const torch::Tensor items = torch::tensor({{3, 0}, {11, 3}});
  const torch::Tensor all = model_->all_item_vectors();
  EXPECT_EQ(all.sizes().vec(), (std::vector<int64_t>{kModelItems, 8}));
  const torch::Tensor expected = all.index_select(0, items.flatten()).view({2, 2, 8});
  EXPECT_LT(largest_difference(model_->item_vectors(items), expected), 1e-6);
}

TEST_P(ModelTest, NormalisedVectorsHaveTheLengthOfTheTemperature) {
  if (!recipe_.normalise) GTEST_SKIP() << "not asked";
  const torch::NoGradGuard no_grad;
  const torch::Tensor items = model_->all_item_vectors().norm(2, 1);
  EXPECT_LT(largest_difference(items, torch::ones_like(items)), 1e-5);
  const torch::Tensor user = encode(tokens_).select(1, -1).norm(2, 1);
  EXPECT_LT(largest_difference(user, torch::full_like(user, 1 / 0.07)), 1e-3);
}

INSTANTIATE_TEST_SUITE_P(
    , ModelTest,
    testing::Values(
        ModelCase{"sasrec", ModelKind::kSasrec},
        ModelCase{"sasrec_post_norm", ModelKind::kSasrec, BlockKind::kPostNorm},
        ModelCase{"sasrec_ligr", ModelKind::kSasrec, BlockKind::kLigr, {}, true, true},
        ModelCase{"sasrec_hstu", ModelKind::kSasrec, BlockKind::kHstu, {}, false, true},
        ModelCase{
            "sasrec_normalised", ModelKind::kSasrec, BlockKind::kPreNorm, {}, true, false, true},
        ModelCase{"bert4rec", ModelKind::kBert4rec, BlockKind::kPostNorm},
        ModelCase{"bert4rec_pre_norm", ModelKind::kBert4rec, BlockKind::kPreNorm, {}, true, true},
        ModelCase{"two_tower_mean", ModelKind::kTwoTower, {}, PoolingKind::kMean, true, true, true},
        ModelCase{"two_tower_decayed", ModelKind::kTwoTower, {}, PoolingKind::kDecayed},
        ModelCase{"two_tower_users",
                  ModelKind::kTwoTower,
                  {},
                  PoolingKind::kMean,
                  false,
                  false,
                  false,
                  true},
        ModelCase{"two_tower_encoder_users", ModelKind::kTwoTower, BlockKind::kPreNorm,
                  PoolingKind::kEncoder, true, true, true, true},
        ModelCase{"two_tower_encoder", ModelKind::kTwoTower, BlockKind::kPreNorm,
                  PoolingKind::kEncoder, true, false, true}),
    [](const testing::TestParamInfo<ModelCase>& one) { return one.param.name; });

TEST(Bert4rec, AppendsTheMaskedPlaceItself) {
  const torch::NoGradGuard no_grad;
  const Recipe recipe = ModelCase{"", ModelKind::kBert4rec, BlockKind::kPostNorm}.recipe();
  Bert4rec model(recipe, {kModelItems});
  model.eval();
  SequenceBatch history, asked;
  history.tokens = torch::tensor({{3, 4}});
  asked.tokens = torch::tensor({{int64_t{3}, int64_t{4}, special_token(kModelItems)}});
  const torch::Tensor expected = model.encode(asked).select(1, -1);
  EXPECT_LT(largest_difference(model.user_vectors(history), expected), 1e-6);
}

TEST(Models, PaddingHasTheVectorZeroAndTheRestIsDrawn) {
  const Recipe recipe = ModelCase{"", ModelKind::kSasrec}.recipe();
  const Sasrec model(recipe, {1000});
  const torch::Tensor table = model.named_parameters()["items.table"].detach();
  EXPECT_EQ(table.sizes().vec(), (std::vector<int64_t>{1002, 8}));
  EXPECT_EQ(table[0].abs().max().item<float>(), 0);
  EXPECT_NEAR(table.std().item<double>(), recipe.init_std, 0.01);
}

// Users of even items and users of odd ones; items 8 and 9 occur in no history.
TEST(Models, AColdItemIsFoundByItsFeatures) {
  const GenreFeatures features(10, /*with_price=*/false);
  at::set_num_threads(1);  // too little to do for two
  for (const ModelKind kind : {ModelKind::kSasrec, ModelKind::kTwoTower}) {
    Recipe recipe = ModelCase{"", kind, BlockKind::kPreNorm, PoolingKind::kMean, true}.recipe();
    recipe.init_std = 0.02;
    recipe.dropout = 0;
    const auto model = make(recipe, {10, &features.table()});
    SequenceBatch batch;
    batch.tokens = torch::tensor({{1, 3, 5}, {2, 4, 6}, {7, 1, 3}, {8, 2, 4}});  // item + 1
    const torch::Tensor next = torch::tensor({{2, 4, 6}, {3, 5, 7}, {0, 2, 4}, {1, 3, 5}});
    torch::optim::Adam adam(model->parameters(), torch::optim::AdamOptions(1e-2));
    for (int step = 0; step < 40; ++step) {
      adam.zero_grad();
      const torch::Tensor scores =
          torch::matmul(model->encode(batch), model->all_item_vectors().t());
      torch::cross_entropy_loss(scores.flatten(0, 1), next.flatten()).backward();
      adam.step();
    }
    model->eval();
    const torch::NoGradGuard no_grad;
    const torch::Tensor scores =
        torch::matmul(model->user_vectors(batch), model->all_item_vectors().t());
    for (int64_t user = 0; user < 4; ++user) {
      const int64_t fitting = user % 2 == 0 ? 8 : 9, other = user % 2 == 0 ? 9 : 8;
      EXPECT_GT(scores[user][fitting].item<float>(), scores[user][other].item<float>())
          << "user " << user;
    }
  }
}

// Nobody has a history yet; users of one genre begin with even items, the others with odd ones, and
// in the afternoon (hour 15) all with item 7.
TEST(Models, NewUsersAreToldApartByWhatIsKnownOfThem) {
  const GenreFeatures users(6, /*with_price=*/false);
  at::set_num_threads(1);  // too little to do for two
  Recipe recipe = ModelCase{"", ModelKind::kTwoTower, {}, PoolingKind::kMean}.recipe();
  recipe.user_features = recipe.clock_features = true;
  recipe.init_std = 0.02;
  recipe.dropout = 0;
  const auto model = make(recipe, {.num_items = 10, .users = &users.table()});
  SequenceBatch batch;
  batch.tokens = torch::full({4, 1}, special_token(10), torch::kInt64);
  batch.user_codes = torch::tensor({{1}, {2}, {1}, {2}}, torch::kInt64);
  batch.clock = torch::tensor({{{5, 25}}, {{5, 25}}, {{16, 25}}, {{16, 25}}}, torch::kInt64);
  const torch::Tensor first = torch::tensor({4, 5, 7, 7}, torch::kInt64);
  torch::optim::Adam adam(model->parameters(), torch::optim::AdamOptions(1e-2));
  for (int step = 0; step < 60; ++step) {
    adam.zero_grad();
    const torch::Tensor scores =
        torch::matmul(model->encode(batch).select(1, 0), model->all_item_vectors().t());
    torch::cross_entropy_loss(scores, first).backward();
    adam.step();
  }
  model->eval();
  const torch::NoGradGuard no_grad;
  const torch::Tensor scores =
      torch::matmul(model->user_vectors(batch), model->all_item_vectors().t());
  EXPECT_TRUE(torch::equal(scores.argmax(1), first)) << scores;
}

TEST(MakeModel, ChoosesTheKindAndRefusesWhatTheDatasetLacks) {
  const TestDataset log({{"ann", "milk", 1}, {"ann", "beer", 2}}, {.time_kind = TimeKind::kOrder});
  Recipe recipe = ModelCase{"", ModelKind::kBert4rec}.recipe();
  EXPECT_FALSE(make_model(recipe, log.data)->is_causal());
  recipe = ModelCase{"", ModelKind::kSasrec}.recipe();
  EXPECT_EQ(make_model(recipe, log.data)->num_items(), 2);
  recipe.item_features = true;
  EXPECT_THROW(make_model(recipe, log.data), Error);
  recipe.item_features = false;
  recipe.time_features = true;
  EXPECT_THROW(make_model(recipe, log.data), Error);
  recipe = ModelCase{"", ModelKind::kTwoTower, {}, PoolingKind::kMean}.recipe();
  recipe.user_features = true;
  EXPECT_THROW(make_model(recipe, log.data), Error);
  recipe.user_features = false;
  recipe.clock_features = true;
  EXPECT_THROW(make_model(recipe, log.data), Error);
}

TEST(Parity, RefusesAFileOfOtherWeights) {
  const Recipe recipe = ModelCase{"", ModelKind::kSasrec}.recipe();
  Sasrec model(recipe, {kModelItems});
  const OnnxFile file(model.user_graph());
  const torch::NoGradGuard no_grad;
  for (torch::Tensor& parameter : model.parameters()) parameter.add_(0.1);
  const ParityReport report = measure_parity(model, recipe, {}, file.path());
  EXPECT_GT(report.worst(), 1e-3);
  EXPECT_THROW(require_parity(report), Error);
}

TEST(Parity, NotANumberIsNoAgreement) {
  ParityReport report;
  report.cases = {{"a", 1, std::nan("")}, {"b", 1, 0.5}};
  EXPECT_TRUE(std::isnan(report.worst()));
  EXPECT_THROW(require_parity(report), Error);
}

TEST(SlowModels, FilesPassTheOnnxChecker) {
  if (!has_onnx_checker()) GTEST_SKIP() << "no python3-onnx on this machine";
  const GenreFeatures features(kModelItems);
  for (const ModelCase& one :
       {ModelCase{"", ModelKind::kSasrec, BlockKind::kLigr, {}, true, true, true},
        ModelCase{"", ModelKind::kSasrec, BlockKind::kHstu},
        ModelCase{"", ModelKind::kBert4rec, BlockKind::kPostNorm},
        ModelCase{"", ModelKind::kTwoTower, {}, PoolingKind::kDecayed}}) {
    const auto model =
        make(one.recipe(), {kModelItems, one.features ? &features.table() : nullptr});
    EXPECT_EQ(onnx_checker_complaint(model->user_graph()), "");
  }
}

}  // namespace
}  // namespace kaskad::train
