#include "kaskad/train/rank/interact_rank.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "interact_recipe.h"
#include "kaskad/model/ranker_bundle.h"
#include "kaskad/ranking/list_evaluation.h"
#include "kaskad/ranking/list_requests.h"
#include "kaskad/train/batch.h"
#include "kaskad/train/train_ranker.h"
#include "run_graph.h"
#include "search_log.h"

namespace kaskad::train {
namespace {

using torch::Tensor;

struct Trained {
  RankerTrainResult result;
  RankerBundle bundle;
};

Trained train_on(const SearchLog& log, const Recipe& recipe, const TempDir& directory) {
  Trained out;
  RankerTrainOptions options;
  options.directory = directory / "run";
  out.result = train_ranker(log.log.data, log.lists(), recipe, options);
  out.bundle = load_ranker_bundle(directory / "run/bundle");
  return out;
}

double auc_of(const Ranker& ranker, const SearchLog& log, const std::string& head) {
  constexpr size_t kAuc = 2;
  const auto lists = Impressions::open(log.lists() + "/test");
  return evaluate_lists(ranker, "", log.log.data, lists, {.heads = {head}, .threads = 1})
      .metrics[kAuc]
      .interval.value;
}

// Without the whole query, its words and the counters a pair says nothing; two numbers of each side
// say little.
TEST(InteractRank, CountersTellWhatADotProductCannot) {
  const SearchLog log;
  const TempDir with, without;
  const std::pair<std::string, std::string> two = {"dimension", "2"}, one_head = {"heads", "1"};
  const Trained interact = train_on(log, interact_recipe({two, one_head}), with);
  EXPECT_EQ(interact.bundle.kind, "interact_rank");
  EXPECT_LT(interact.result.parity, 1e-4);
  const Trained towers = train_on(
      log, interact_recipe({two, one_head, {"counters", "[]"}, {"crossing", "none"}}), without);
  // A pair is shown about ten times in training. Clicks lie at an answer in .25 x .8 of .25 x .8 +
  // .75 x .02, 93%, and what is not clicked is one in 6%: .93 x .94 + (.93 x .06 + .07 x .94) / 2.
  EXPECT_GT(auc_of(*interact.bundle.ranker, log, "click"), 0.86);
  EXPECT_LT(auc_of(*towers.bundle.ranker, log, "click"), 0.75);
}

TEST(InteractRank, TheSessionTellsWhatTheUserWants) {
  const SearchLog log(400, {"save"}, 100);
  for (const char* session : {"pooled", "encoder", "none"}) {
    const TempDir directory;
    const Recipe recipe =
        interact_recipe({{"session", session}, {"counters", "[]"}, {"user_features", "false"}});
    const Trained trained = train_on(log, recipe, directory);
    EXPECT_LT(trained.result.parity, 1e-4);
    const double auc = auc_of(*trained.bundle.ranker, log, "save");
    if (recipe.session == SessionKind::kNone) {
      EXPECT_LT(auc, 0.65);
    } else {
      EXPECT_GT(auc, 0.9) << session;
    }
  }
}

TEST(InteractRank, EverySwitchMakesAModelThatIsServedAsItWasTrained) {
  const SearchLog log(100, {"click", "save"}, 30);
  const std::vector<std::vector<std::pair<std::string, std::string>>> cases = {
      {{"session", "none"}},
      {{"session", "encoder"}, {"query_attention", "false"}},
      {{"position_pooling", "false"}},
      {{"query_attention", "false"}},
      {{"position_pooling", "false"}, {"query_attention", "false"}},
      {{"time_embedding", "false"}, {"history_actions", "false"}},
      {{"query_tokens", "false"}},
      {{"query_ids", "false"}},
      {{"query_tokens", "false"}, {"query_ids", "false"}},
      {{"crossing", "none"}},
      {{"crossing", "dcn_v2"}},
      {{"head_vectors", "false"}},
      {{"counters", "[]"}},
      {{"counters", "query:item,town:item,item,query_token:price"}, {"counter_windows", "1,0"}},
      {{"counter_logarithms", "false"}},
      {{"softmax_weight", "0"}},
      {{"logq", "none"}},
      {{"logq", "classic"}, {"logq_epsilon", "0.01"}},
      {{"list_loss", "focal"}},
      {{"list_loss", "listwise"}},
      {{"item_features", "false"}, {"user_features", "false"}},
      {{"clock_features", "true"}},
      {{"retrieval_scores", "true"}, {"ranking_features", "true"}},
      {{"session", "none"},
       {"query_tokens", "false"},
       {"query_ids", "false"},
       {"user_features", "false"},
       {"counters", "[]"}}};
  for (const auto& settings : cases) {
    Recipe recipe = interact_recipe(settings);
    recipe.epochs = 1;
    SCOPED_TRACE(settings[0].first + " " + settings[0].second);
    const TempDir directory;
    const Trained trained = train_on(log, recipe, directory);
    EXPECT_LT(trained.result.parity, 1e-4);
    EXPECT_TRUE(std::isfinite(trained.result.curve[0].loss));
  }
}

class ServedInteract : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    log_ = new SearchLog(300, {"click", "save"});
    directory_ = new TempDir;
    Recipe recipe = interact_recipe({{"head_weights.save", "0.5"}});
    recipe.epochs = 3;
    trained_ = new Trained(train_on(*log_, recipe, *directory_));
  }
  static void TearDownTestSuite() {
    delete trained_;
    delete directory_;
    delete log_;
  }
  static const Ranker& ranker() { return *trained_->bundle.ranker; }
  static std::vector<float> scores(const RankRequest& request) {
    std::vector<float> out(request.candidates.size());
    ranker().score({&request, 1}, out);
    return out;
  }

  static SearchLog* log_;
  static TempDir* directory_;
  static Trained* trained_;
};
SearchLog* ServedInteract::log_ = nullptr;
TempDir* ServedInteract::directory_ = nullptr;
Trained* ServedInteract::trained_ = nullptr;

TEST_F(ServedInteract, MergedHeadsAreTheWeightedSumOfTheHeads) {
  const auto lists = Impressions::open(log_->lists() + "/test");
  for (size_t l = 0; l < 20; ++l) {
    const RankRequest request = request_of(log_->log.data, lists.list(l));
    std::vector<float> by_head(2 * request.candidates.size());
    ranker().score_heads({&request, 1}, by_head);
    const std::vector<float> merged = scores(request);
    for (size_t c = 0; c < merged.size(); ++c) {
      EXPECT_NEAR(merged[c], by_head[2 * c] + 0.5F * by_head[2 * c + 1], 2e-5) << l << ' ' << c;
    }
  }
}

TEST_F(ServedInteract, OnePassIsOneByOne) {
  const auto lists = Impressions::open(log_->lists() + "/test");
  for (size_t l = 0; l < 20; ++l) {
    RankRequest request = request_of(log_->log.data, lists.list(l));
    const std::vector<float> together = scores(request);
    const RankRequest whole = request;
    for (size_t c = 0; c < together.size(); ++c) {
      request.candidates = whole.candidates.subspan(c, 1);
      request.scores = whole.scores.subspan(c, 1);
      request.ranks = whole.ranks.subspan(c, 1);
      // Long rows of counters are spread over the items for many candidates and looked up for one.
      EXPECT_NEAR(scores(request)[0], together[c], 1e-5);
    }
  }
}

TEST_F(ServedInteract, NothingKnownIsScored) {
  const std::vector<ItemId> items = {ItemId{3}, ItemId{0}, kNoItem, ItemId{1'000'000}};
  RankRequest request;  // no history, no user, no query
  request.candidates = items;
  request.now = 10 * kSearchDay;
  for (const std::string_view query : {"", "never asked", "word3 unheard", "!!!"}) {
    request.query = query;
    const std::vector<float> found = scores(request);
    for (const float score : found) EXPECT_TRUE(std::isfinite(score)) << query;
    EXPECT_EQ(found[2], found[3]);  // neither is known
    EXPECT_NE(found[0], found[1]);
  }
  // Known queries are told from others, by their words alone.
  request.query = "word3 shop";
  const auto known = scores(request);
  request.query = "  WORD3, shop";
  EXPECT_EQ(scores(request).size(), known.size());
  request.query = "word4 shop";
  EXPECT_NE(scores(request), known);
}

TEST_F(ServedInteract, WhatIsClickedWhileItServesCountsInEveryForm) {
  const auto lists = Impressions::open(log_->lists() + "/test");
  const RankRequest request = request_of(log_->log.data, lists.list(0));
  const std::vector<float> before = scores(request);
  const std::string clicked(log_->log.data.items().name(index(request.candidates[1])));
  const std::string_view item = clicked;
  const auto live = ranker().live_pages();
  ASSERT_TRUE(live);
  for (int64_t visit = 0; visit < 20; ++visit) {
    const LivePage page{"a visitor", "", request.query, {&item, 1}, request.now + visit};
    live->shown(page);
    live->acted(page, "click");
  }
  const std::vector<float> after = scores(request);
  EXPECT_GT(after[1] - before[1], after[0] - before[0]);
  std::vector<float> by_head(2 * request.candidates.size());
  ranker().score_heads({&request, 1}, by_head);
  for (size_t c = 0; c < after.size(); ++c) {
    EXPECT_NEAR(after[c], by_head[2 * c] + 0.5F * by_head[2 * c + 1], 2e-5) << c;
  }
  live->clear();
  EXPECT_EQ(scores(request), before);
}

TEST_F(ServedInteract, ItemsThatCameLaterGetVectorsFromTheItemGraph) {
  const std::string bundle = trained_->bundle.directory;
  const OnnxSession session(bundle + "/item.onnx");
  std::vector<std::string> names;
  for (const TensorSpec& input : session.inputs()) names.push_back(input.name);
  ASSERT_EQ(names, (std::vector<std::string>{"id", "item_codes", "item_numbers"}));
  const ItemId item = log_->log.item("13");
  const auto token = static_cast<int64_t>(index(item)) + 1;
  const FeatureTable& table = log_->log.data.item_features();
  const FeatureSchema schema = FeatureSchema::of(table);
  std::vector<int64_t> codes;
  std::vector<float> numbers(schema.num_numbers());
  schema.append_codes({&table, index(item)}, codes);
  schema.write_numbers({&table, index(item)}, numbers);
  const Tensor found = run_graph(read_file(bundle + "/item.onnx"),
                                 {torch::tensor({token}), torch::tensor(codes).unsqueeze(0),
                                  torch::tensor(numbers).unsqueeze(0)},
                                 {1, 8});
  const NpyFile<float> vectors(bundle + "/vectors.npy");
  for (int64_t i = 0; i < 8; ++i) {
    EXPECT_NEAR(found[0][i].item<float>(), vectors.values()[static_cast<size_t>(token * 8 + i)],
                1e-5);
  }
}

// Two lists, each with one positive; the other's is its negative. The gradient pushes the first
// query away from item 2, the less so the more often item 2 is a positive by chance.
TEST(InteractRank, LogqSparesPopularNegatives) {
  RankBatch batch;
  const int64_t begin = special_token(4);
  batch.tokens = torch::full({2, 1}, begin);
  batch.candidates = batch.rows = torch::tensor({{1L}, {2L}});
  batch.real = torch::ones({2, 1}, torch::kBool);
  batch.labels = torch::ones({2, 1, 1});
  std::vector<double> pushes;
  for (const uint64_t count : {1, 10, 1000}) {
    const CountedFrequency frequency({5, count, 5, 5});
    for (const LogqKind logq : {LogqKind::kCorrected, LogqKind::kNone}) {
      Recipe recipe = interact_recipe({{"counters", "[]"}, {"session", "none"}});
      recipe.logq = logq;
      InteractRank model(recipe, {.num_items = 4, .numbers = 2, .frequency = &frequency});
      model.eval();
      const Tensor queries = unit_length(torch::ones({2, 1, 8})).requires_grad_();
      model.softmax_loss(batch, queries).backward();
      const Tensor away = model.items(batch.candidates, batch.rows)[1][0];
      const double push = torch::dot(queries.grad()[0][0], away).item<double>();
      if (logq == LogqKind::kCorrected) pushes.push_back(push);
    }
  }
  // Along a descent the query moves by -gradient: a positive product moves it away.
  EXPECT_GT(pushes[0], pushes[1]);
  EXPECT_GT(pushes[1], pushes[2]);
  EXPECT_GT(pushes[0], 0);
}

}  // namespace
}  // namespace kaskad::train
