#include "kaskad/grid/fit_ensemble.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "kaskad/cooc/fit.h"
#include "kaskad/model/bundle.h"
#include "kaskad/model/top_k.h"
#include "kaskad/retrieval/popularity.h"
#include "tests/dataset/messages.h"
#include "tests/grid/planted_log.h"
#include "tests/retrieval/group_model.h"

namespace kaskad {
namespace {

EnsembleMember matrix_member(const Dataset& data, const std::string& name,
                             const PairWeighting& weighting) {
  return {name, [&data, weighting](const Phase& phase) {
            const std::shared_ptr<const CoocModel> model =
                fit_cooc(data, phase, {{{variant_of(weighting, {}, {.last = 1}), 1}}}, {});
            return EnsemblePart{.kind = "cooc", .config = model->config(), .model = model};
          }};
}

EnsembleMember popularity_member(const Dataset& data) {
  return {"popular", [&data](const Phase& phase) {
            const std::shared_ptr<const PopularityRetriever> model =
                PopularityRetriever::fit(data, phase, PopularityOptions());
            return EnsemblePart{
                .kind = "popularity", .config = model->config_json(), .model = model};
          }};
}

TEST(FitEnsemble, ListensToTheMemberThatKnows) {
  const Planted& log = directed_log();
  const Dataset& data = log.log.data;
  const FittedEnsemble fitted = fit_ensemble(
      data, log.split, {popularity_member(data), matrix_member(data, "next", {.window = 1})}, {},
      {.resamples = 200});
  ASSERT_EQ(fitted.members.size(), 2u);
  EXPECT_EQ(fitted.members[0].name, "popular");
  EXPECT_GT(fitted.members[1].ndcg, 2 * fitted.members[0].ndcg);
  EXPECT_GT(fitted.members[1].weight, std::abs(fitted.members[0].weight));
  EXPECT_GT(fitted.ndcg, 0.9 * fitted.members[1].ndcg);
  EXPECT_NEAR(fitted.gain.difference.value, fitted.ndcg - fitted.members[1].ndcg, 1e-9);
  ASSERT_EQ(fitted.model->parts().size(), 2u);
  EXPECT_EQ(fitted.model->parts()[1].name, "next");
  EXPECT_EQ(fitted.model->parts()[1].weight, fitted.members[1].weight);
}

// Speaks only after items of every other group.
class KnowsHalf : public Retriever {
 public:
  KnowsHalf(const Dataset& data, std::shared_ptr<const Retriever> whole, bool even)
      : data_(data), whole_(std::move(whole)), even_(even) {}

  std::string kind() const override { return "half"; }
  size_t num_items() const override { return whole_->num_items(); }
  void score_all(const Query& query, std::span<float> scores) const override {
    const std::string_view newest = data_.items().name(index(query.history.items.back()));
    if (((newest[1] - '0') % 2 == 0) == even_) return whole_->score_all(query, scores);
    std::fill(scores.begin(), scores.end(), 0.0f);
  }
  void retrieve(std::span<const Query> queries, size_t k,
                std::span<ScoredItem> out) const override {
    std::vector<float> scores(num_items());
    ItemFilter filter(num_items());
    std::fill(out.begin(), out.end(), ScoredItem{});
    for (size_t q = 0; q < queries.size(); ++q) {
      score_all(queries[q], scores);
      filter.set(queries[q]);
      top_k(scores, filter, out.subspan(q * k, k));
    }
  }

 private:
  const Dataset& data_;
  const std::shared_ptr<const Retriever> whole_;
  const bool even_;
};

TEST(FitEnsemble, OfMembersThatKnowDifferentThingsBeatsEach) {
  const Planted& log = directed_log();
  const Dataset& data = log.log.data;
  const EnsembleMember whole = matrix_member(data, "next", {.window = 1});
  const auto half = [&](const std::string& name, bool even) {
    return EnsembleMember{name, [&data, whole, even](const Phase& phase) {
                            EnsemblePart part = whole.fit(phase);
                            part.model = std::make_shared<KnowsHalf>(data, part.model, even);
                            return part;
                          }};
  };
  const FittedEnsemble fitted = fit_ensemble(
      data, log.split, {half("even", true), half("odd", false)}, {}, {.resamples = 200});
  EXPECT_GT(fitted.gain.difference.low, 0);
  EXPECT_GT(fitted.members[0].weight, 0);
  EXPECT_GT(fitted.members[1].weight, 0);
}

TEST(FitEnsemble, RefusesASingleMember) {
  const Planted& log = directed_log();
  EXPECT_TRUE(contains(message_of([&] {
                         fit_ensemble(log.log.data, log.split, {popularity_member(log.log.data)},
                                      {}, {});
                       }),
                       "expected two"));
}

class OpenMember : public testing::Test {
 protected:
  std::string refusal(const std::string& run) {
    return message_of([&] { open_member(run, directed_log().log.data, directed_log().split, {}); });
  }
  const TempDir folder_;
};

TEST_F(OpenMember, FitsTheWinnerOfAGridForThePhaseThatIsAsked) {
  register_cooc();
  const Planted& log = directed_log();
  GridOptions options;
  options.directory = folder_ / "one";
  options.space_toml = folder_.write("space.toml",
                                     "[[product]]\nweighting = [{window = 1}]\n"
                                     "normalisation = [{}]\nhistory = [{}]\n");
  options.blend = false;
  run_grid(log.log.data, log.split, options);
  folder_.write("one/grid.json", "{}");  // the command line's
  const EnsembleMember member = open_member(folder_ / "one/", log.log.data, log.split, {});
  EXPECT_EQ(member.name, "one");
  const EnsemblePart part = member.fit(log.split.validations[0]);
  const auto& model = dynamic_cast<const CoocModel&>(*part.model);
  const auto expected = fit_cooc(log.log.data, log.split.validations[0], model.blend(), {});
  const Query query{.history = log.log.data.history(UserId{0}).first(5)};
  std::vector<float> scores(log.log.data.num_items()), wanted(scores.size());
  model.score_all(query, scores);
  expected->score_all(query, wanted);
  EXPECT_EQ(scores, wanted);
}

// Items of a model say how it was made: all numbers of their vectors are `value`.
void write_neural_run(const std::string& directory, float value) {
  const Planted& log = directed_log();
  const Dataset& data = log.log.data;
  NeuralConfig config = group_config();
  const auto items = static_cast<int64_t>(data.num_items());
  const auto model = NeuralRetriever::create(
      config, group_graph(config.inputs, false, items),
      std::vector<float>(data.num_items() * config.dimension, value), group_popularity(data));
  BundleContents contents = BundleContents::of(data, log.split.test, log.split.hash);
  contents.config_json = model->config_json();
  write_bundle(directory, contents, *model, [&](const std::string& to) { model->save(to); });
}

TEST_F(OpenMember, OfARefittedTrainingTheModelFromBeforeAnswersTheValidation) {
  register_neural();
  const Planted& log = directed_log();
  folder_.write("recipe.json", R"({"refit": true})");
  write_neural_run(folder_ / "bundle", 2);
  EXPECT_TRUE(contains(refusal(folder_.path()), "the model from before, is not there"));
  write_neural_run(folder_ / "before_refit/bundle", 1);
  const EnsembleMember member = open_member(folder_.path(), log.log.data, log.split, {});
  const auto score = [&](const Phase& phase) {
    const Query query{.history = log.log.data.history(UserId{0}).first(1)};
    std::vector<float> scores(log.log.data.num_items());
    member.fit(phase).model->score_all(query, scores);
    return scores[0];
  };
  EXPECT_GT(score(log.split.validations[0]), 0);
  EXPECT_EQ(score(log.split.test), 2 * score(log.split.validations[0]));
}

TEST_F(OpenMember, RefusesWhatIsNoRun) {
  register_neural();
  EXPECT_TRUE(contains(refusal(folder_.path()), "neither grid.json nor recipe.json"));
  folder_.write("recipe.json", "5");
  write_neural_run(folder_ / "bundle", 1);
  EXPECT_TRUE(contains(refusal(folder_.path()), "recipe.json"));
}

}  // namespace
}  // namespace kaskad
