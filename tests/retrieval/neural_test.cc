#include "kaskad/retrieval/neural.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>

#include "kaskad/core/error.h"
#include "kaskad/dataset/clock_codes.h"
#include "kaskad/model/bundle.h"
#include "tests/retrieval/group_model.h"

namespace kaskad {
namespace {

std::vector<float> user_vector(const NeuralRetriever& model, const OwnedQuery& query) {
  std::vector<float> user(kGroupDimension);
  const Query view = query.view();
  model.user_vectors({&view, 1}, user);
  return user;
}

template <typename Action>
std::string error_of(const Action& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Neural, ScoreIsTheDotProductOfUserAndItem) {
  const auto model = group_model(group_config());
  OwnedQuery query;
  query.take({4, 6, 3});
  EXPECT_EQ(user_vector(*model, query), (std::vector<float>{2, 1, 3}));
  std::vector<float> scores(kBatteryItems);
  model->score_all(query.view(), scores);
  EXPECT_EQ(scores[9], -2 + 1 + 3 * 4.0F / 16);  // odd, 9 % 5 = 4
  EXPECT_EQ(scores[8], 2 - 1 + 3 * 3.0F / 16);   // even, 8 % 5 = 3
  EXPECT_EQ(scores[20], 0);
  // The best even items that are not seen: 14 has b = 4/16, then 8 and 18 with 3/16.
  const std::vector<ScoredItem> expected = {
      {ItemId{14}, 1.75F}, {ItemId{8}, 1.5625F}, {ItemId{18}, 1.5625F}};
  EXPECT_EQ(retrieve_one(*model, query, 3), expected);
}

TEST(Neural, ItemsOfNegativeScoreFollowTheOthers) {
  const auto model = group_model(group_config());
  OwnedQuery query;
  query.take({4});
  query.allow = {ItemId{1}, ItemId{20}, ItemId{2}, ItemId{3}};
  // 2: 1 + 2/16; 20: 0; 3: -1 + 3/16; 1: -1 + 1/16.
  const std::vector<ScoredItem> expected = {
      {ItemId{2}, 1.125F}, {ItemId{20}, 0}, {ItemId{3}, -0.8125F}, {ItemId{1}, -0.9375F}, {}};
  EXPECT_EQ(retrieve_one(*model, query, 5), expected);
}

TEST(Neural, EmptyHistoryGetsThePopularWithoutAScore) {
  const auto model = group_model(group_config());
  const auto popularity = group_popularity();
  const auto row = retrieve_one(*model, OwnedQuery(), kBatteryItems);
  for (size_t i = 0; i < row.size(); ++i) {
    EXPECT_EQ(row[i].score, 0);
    if (i > 0) {
      EXPECT_GE(popularity[index(row[i - 1].item)], popularity[index(row[i].item)]);
    }
  }
  EXPECT_EQ(user_vector(*model, OwnedQuery()), (std::vector<float>{0, 0, 0}));
}

TEST(Neural, BeginTokenAnswersAnEmptyHistory) {
  NeuralConfig config = group_config();
  config.inputs.begin_token = true;
  const auto model = group_model(config);
  EXPECT_EQ(user_vector(*model, OwnedQuery()), (std::vector<float>{0, 0, 1}));
  const std::vector<ScoredItem> expected = {{ItemId{4}, 0.25F}, {ItemId{9}, 0.25F}};  // b = 4/16
  EXPECT_EQ(retrieve_one(*model, OwnedQuery(), 2), expected);
}

TEST(Neural, BeginTokenStandsInFrontOfShortHistoriesAlone) {
  NeuralConfig config = group_config();
  config.inputs.begin_token = true;
  config.inputs.max_history = 2;
  const auto model = group_model(config);
  EXPECT_EQ(user_vector(*model, OwnedQuery().take({1})), (std::vector<float>{0, 1, 2}));
  EXPECT_EQ(user_vector(*model, OwnedQuery().take({1, 2})), (std::vector<float>{1, 1, 2}));
  // The newest two: 2 and 4.
  EXPECT_EQ(user_vector(*model, OwnedQuery().take({1, 2, 4})), (std::vector<float>{2, 0, 2}));
}

TEST(Neural, GapsAreThoseOfDatasetTimeGap) {
  NeuralConfig config = group_config();
  config.inputs.gaps = "gaps";
  const auto model = group_model(config);
  // A day between events is bucket 18 (tests/dataset/time_gap_test.cc); the first has 0.
  EXPECT_EQ(user_vector(*model, OwnedQuery().take({2, 4, 6})),
            (std::vector<float>{3, 0, 3 + 2 * 18.0F / 1024}));
}

TEST(Neural, IdsBeyondTheCatalogueAreLeftOut) {
  const auto model = group_model(group_config());
  EXPECT_EQ(user_vector(*model, OwnedQuery().take({2, 21, 999})), (std::vector<float>{1, 0, 1}));
  EXPECT_EQ(retrieve_one(*model, OwnedQuery().take({21, 999}), 3),
            retrieve_one(*model, OwnedQuery(), 3));
}

TEST(Neural, SimilarItemsPointTheSameWay) {
  const auto model = group_model(group_config());
  // Item 0 is (1, -1, 0), and so is 10. Then 6 and 16 with b = 1/16:
  // cos = 2 / (sqrt(2) sqrt(2 + 1/256)).
  const auto similar = model->similar(ItemId{0}, 3);
  ASSERT_EQ(similar.size(), 3U);
  EXPECT_EQ(similar[0].item, ItemId{10});
  EXPECT_NEAR(similar[0].score, 1, 1e-6);
  EXPECT_EQ(similar[1].item, ItemId{6});
  EXPECT_NEAR(similar[1].score, 2 / (std::sqrt(2.0) * std::sqrt(2 + 1.0 / 256)), 1e-6);
  EXPECT_EQ(similar[2].item, ItemId{16});
  EXPECT_TRUE(model->similar(kUnknownItem, 3).empty());  // it has no direction
}

// What a user's row and the clock say is added to what the history says: (1/2, 0, 0) for an even
// user and (0, 1/2, 0) for an odd one, age / 64 and the codes of hour and weekday / 1024 to the
// third number.
NeuralConfig users_config() {
  NeuralConfig config = group_config();
  config.inputs.begin_token = true;
  config.user = {.codes = "user_codes", .numbers = "user_numbers", .clock = "clock"};
  return config;
}

std::string users_graph() {
  Graph graph("users");
  const auto integers = [&](const char* name, const char* length) {
    return graph.input(name, ElementType::kInt64, {"batch", std::string(length)});
  };
  const auto sum = [&](const Value& x) {
    const Value axis = graph.constant(std::vector<int64_t>{1}, {1});
    return graph.node("ReduceSum", {x, axis}, {{"keepdims", int64_t{0}}});
  };
  const auto look_up = [&](const std::vector<float>& table, const Value& codes) {
    const Value rows = graph.constant(table, {static_cast<int64_t>(table.size()) / 3, 3});
    return sum(graph.node("Gather", {rows, codes}, {{"axis", int64_t{0}}}));
  };
  std::vector<float> tokens = {0, 0, 0}, clock;
  for (size_t token = 1; token < kBatteryItems + 2; ++token) {
    tokens.insert(tokens.end(), {0, 0, 1});
  }
  for (int64_t code = 0; code < kClockCodes; ++code) {
    clock.insert(clock.end(), {0, 0, static_cast<float>(code) / 1024});
  }
  const Value numbers = graph.input("user_numbers", ElementType::kFloat, {"batch", int64_t{1}});
  const Value known =
      graph.node("Where", {graph.node("IsNaN", {numbers}), graph.scalar(0.0F), numbers});
  const Value age =
      graph.node("MatMul", {known, graph.constant(std::vector<float>{0, 0, 1.0F / 64}, {1, 3})});
  const Value history = look_up(tokens, integers("history", "length"));
  const Value user = look_up({0, 0, 0, 0.5F, 0, 0, 0, 0.5F, 0}, integers("user_codes", "places"));
  const Value time = look_up(clock, integers("clock", "clock_places"));
  const Value both =
      graph.node("Add", {graph.node("Add", {history, user}), graph.node("Add", {age, time})});
  graph.output(both, "user", ElementType::kFloat, {"batch", int64_t{3}});
  return graph.to_bytes("test");
}

std::unique_ptr<NeuralRetriever> users_model() {
  return NeuralRetriever::create(users_config(), users_graph(), group_items(), group_popularity(),
                                 {}, FeatureSchema::of(battery_dataset().user_features()));
}

TEST(Neural, ReadsWhatIsKnownOfTheUserAndTheClock) {
  const auto model = users_model();
  ASSERT_NE(model->user_schema(), nullptr);
  EXPECT_EQ(group_model(group_config())->user_schema(), nullptr);
  // 1970-01-01 04:00 is hour 4 of a Thursday: codes 5 and 28.
  const auto vector_of = [&](const FeatureRow& features) {
    const Query query{.user_features = features, .now = 4 * kDayMs / 24};
    std::vector<float> user(3);
    model->user_vectors({&query, 1}, user);
    return user;
  };
  const Dataset& dataset = battery_dataset();
  constexpr float kThursday = 33.0F / 1024;
  EXPECT_EQ(vector_of(dataset.features(UserId{3})),
            (std::vector<float>{0, 0.5F, 1 + 23.0F / 64 + kThursday}));
  EXPECT_EQ(vector_of(dataset.features(UserId{4})),
            (std::vector<float>{0.5F, 0, 1 + 24.0F / 64 + kThursday}));
  EXPECT_EQ(vector_of({}), (std::vector<float>{0, 0, 1 + kThursday}));
}

TEST(Neural, UsersOfOneBatchKeepTheirFeatures) {
  const auto model = users_model();
  const Dataset& dataset = battery_dataset();
  std::vector<Query> queries;
  for (uint32_t user = 0; user < kBatteryUsers; ++user) {
    Query query{.history = dataset.history(UserId{user}).first(user % 7)};
    if (user % 5 != 0) query.user_features = dataset.features(UserId{user});
    query.now = user * kDayMs;
    queries.push_back(query);
  }
  std::vector<float> together(queries.size() * 3), alone(3);
  model->user_vectors(queries, together);
  for (size_t q = 0; q < queries.size(); ++q) {
    model->user_vectors({&queries[q], 1}, alone);
    for (size_t i = 0; i < 3; ++i) EXPECT_NEAR(alone[i], together[q * 3 + i], 1e-6) << q;
  }
}

TEST(Neural, FeaturesOfUsersAreStoredInTheBundleAndProven) {
  register_neural();
  const Dataset& dataset = battery_dataset();
  const auto model = users_model();
  BundleContents contents;
  contents.dataset = &dataset;
  contents.history_end.assign(dataset.num_users(), 6);
  contents.now = 130 * kDayMs;
  contents.config_json = model->config_json();
  const std::string path = battery_directory("neural_users") + "/bundle";
  write_bundle(path, contents, *model, [&](const std::string& to) { model->save(to); });
  const Bundle bundle = load_bundle(path);
  EXPECT_EQ(nlohmann::json(*bundle.retriever->user_schema()),
            nlohmann::json(*model->user_schema()));
  Query asked = bundle.query(UserId{5});
  EXPECT_EQ(asked.now, contents.now);
  std::vector<ScoredItem> stored(4), given(4), unknown(4);
  bundle.retriever->retrieve({&asked, 1}, 4, stored);
  asked.user_features = dataset.features(UserId{5});
  bundle.retriever->retrieve({&asked, 1}, 4, given);
  EXPECT_EQ(stored, given);
  asked.user_features = {};
  bundle.retriever->retrieve({&asked, 1}, 4, unknown);
  EXPECT_NE(stored, unknown);
  // Without the features the golden requests would get other scores.
  std::filesystem::remove(path + "/user_features/1.values");
  EXPECT_EQ(error_of([&] { load_bundle(path); }),
            "bundle '" + path + "' lacks its file 'user_features/1.values'");
}

TEST(Neural, RefusesUserInputsOfAnotherForm) {
  const NeuralConfig config = users_config();
  EXPECT_EQ(error_of([&] {
              NeuralRetriever::create(config, users_graph(), group_items(), group_popularity());
            }),
            "'user.onnx', input 'user_numbers': found user_numbers float (?, 1), expected float "
            "(any batch, 0) as 'user.numbers' of the config");
  NeuralConfig other = config;
  other.user.clock = "now";
  EXPECT_EQ(error_of([&] {
              NeuralRetriever::create(other, users_graph(), group_items(), group_popularity(), {},
                                      FeatureSchema::of(battery_dataset().user_features()));
            }).substr(0, 36),
            "'user.onnx', input 'now': found only");
}

TEST(Neural, RefusesAGraphThatDoesNotFit) {
  const HistoryInputs inputs = group_config().inputs;
  const std::string graph = group_graph(inputs);
  const auto create = [&](const NeuralConfig& config) {
    std::vector<float> items(kBatteryItems * config.dimension);
    return error_of([&] { NeuralRetriever::create(config, graph, items, group_popularity()); });
  };
  NeuralConfig config = group_config();
  config.dimension = 4;
  EXPECT_EQ(create(config),
            "'user.onnx', output 'user': found user float (?, 3), expected float (any batch, 4) as "
            "'dimension' of the config");
  config = group_config();
  config.inputs.tokens = "input_ids";
  EXPECT_EQ(create(config),
            "'user.onnx', input 'input_ids': found only history int64 (?, ?), expected int64 (any "
            "batch, any length) as 'inputs.tokens' of the config");
  config = group_config();
  config.output = "vector";
  EXPECT_EQ(create(config),
            "'user.onnx', output 'vector': found only user float (?, 3), expected float (any "
            "batch, 3) as 'dimension' of the config");
}

TEST(Neural, RefusesAnInputThatTheConfigDoesNotName) {
  NeuralConfig config = group_config();
  config.inputs.gaps = "gaps";
  const std::string graph = group_graph(config.inputs, true);
  config.inputs.gaps.clear();
  EXPECT_EQ(
      error_of([&] { NeuralRetriever::create(config, graph, group_items(), group_popularity()); }),
      "'user.onnx', input 'gaps': found gaps int64 (?, ?), expected only the inputs that the "
      "config names: inputs.tokens is 'history', inputs.gaps is '', user.codes is '', "
      "user.numbers is '', user.clock is ''");
}

TEST(Neural, SaysHowToAskAGraphOfOneLength) {
  NeuralConfig config = group_config();
  config.inputs.fixed_length = true;
  const std::string graph = group_graph(config.inputs);
  config.inputs.fixed_length = false;
  EXPECT_EQ(
      error_of([&] { NeuralRetriever::create(config, graph, group_items(), group_popularity()); }),
      "'user.onnx', input 'history': found history int64 (?, 8), expected int64 (any batch, any "
      "length) as 'inputs.tokens' of the config; for a file of one length, set "
      "'inputs.fixed_length' to true and 'inputs.max_history' to 8");
}

TEST(Neural, RefusesItemVectorsThatAreNoNumbers) {
  std::vector<float> items = group_items();
  items[7] = std::numeric_limits<float>::quiet_NaN();
  const NeuralConfig config = group_config();
  EXPECT_EQ(error_of([&] {
              NeuralRetriever::create(config, group_graph(config.inputs), items,
                                      group_popularity());
            }),
            "item 2, coordinate 1: found nan, expected a finite number");
}

TEST(Neural, LoadNamesVectorsOfAnotherShape) {
  const std::string directory = battery_directory("neural_shape");
  NeuralConfig config = group_config();
  write_neural(directory, config, group_graph(config.inputs), group_items(), group_popularity());
  config.dimension = 4;
  const std::string text = nlohmann::json(config).dump();
  EXPECT_EQ(error_of([&] { NeuralRetriever::load(directory, text); }),
            directory +
                "/items.npy: found shape (21, 3), expected (21, 4): the items of "
                "popularity.npy and the dimension of the config");
}

// y = sum over tokens of 1, padding too: a graph that counts what it should not see.
TEST(Neural, FindsAGraphThatMindsPadding) {
  NeuralConfig config;
  config.dimension = 1;
  Graph graph("careless");
  const Value tokens = graph.input("history", ElementType::kInt64, {"batch", "length"});
  const Value ones = graph.constant(std::vector<float>(kBatteryItems + 1, 1), {22, 1});
  const Value rows = graph.node("Gather", {ones, tokens}, {{"axis", int64_t{0}}});
  const Value axis = graph.constant(std::vector<int64_t>{1}, {1});
  const Value sum = graph.node("ReduceSum", {rows, axis}, {{"keepdims", int64_t{0}}});
  graph.output(sum, "user", ElementType::kFloat, {"batch", int64_t{1}});
  const std::string bytes = graph.to_bytes("0");
  const Query query{.history = battery_dataset().history(UserId{0})};
  const auto create = [&] {
    return NeuralRetriever::create(config, bytes, std::vector<float>(kBatteryItems, 1),
                                   group_popularity());
  };
  const auto careless = create();
  EXPECT_EQ(error_of([&] { check_padding(*careless, query); }),
            "'user.onnx', output 'user': the vector of a history of 1 events holds 1.000000 alone "
            "and 5.000000 with padding in front, expected the same: let the model ignore token 0, "
            "or set 'inputs.fixed_length' to true");
  config.inputs.fixed_length = true;
  check_padding(*create(), query);
  check_padding(*group_model(group_config()), query);
}

TEST(Neural, TypicalQueriesAreOfUsersSpreadOverTheDataset) {
  const Dataset& dataset = battery_dataset();
  std::vector<uint32_t> fit_end(dataset.num_users(), 4);
  fit_end[0] = 0;
  const auto three = typical_queries(dataset, fit_end, 3);
  ASSERT_EQ(three.size(), 3U);
  // Of users 1 to 23: numbers 0, 23 / 3 = 7 and 46 / 3 = 15, which are users 1, 8 and 16.
  EXPECT_EQ(three[0].history.items.data(), dataset.history(UserId{1}).items.data());
  EXPECT_EQ(three[2].history.items.data(), dataset.history(UserId{16}).items.data());
  EXPECT_EQ(three[1].history.size(), 4U);
  EXPECT_EQ(three[1].user_features.row, 8U);
  EXPECT_EQ(three[1].now, dataset.history(UserId{8}).times[3]);
  EXPECT_EQ(typical_queries(dataset, fit_end, 100).size(), 23U);
}

TEST(Neural, ApproximateIndexIsSavedWithTheModel) {
  NeuralConfig config = group_config();
  config.index = IndexKind::kHnsw;
  config.recall = 0.5;
  const Dataset& dataset = battery_dataset();
  const std::vector<uint32_t> fit_end(dataset.num_users(), 6);
  const auto model = NeuralRetriever::create(config, group_graph(config.inputs), group_items(),
                                             group_popularity(), typical_queries(dataset, fit_end));
  EXPECT_EQ(model->index_report().kind, IndexKind::kHnsw);
  EXPECT_EQ(model->search_note().rfind("index hnsw, recall@", 0), 0U) << model->search_note();
  const std::string directory = battery_directory("neural_hnsw");
  model->save(directory);
  const auto loaded = NeuralRetriever::load(directory, model->config_json());
  EXPECT_EQ(loaded->index_report().recall, model->index_report().recall);
  const auto queries = random_queries(20);
  EXPECT_EQ(retrieve_all(*loaded, queries, 5), retrieve_all(*model, queries, 5));
  // Whatever the index missed is filled up by popular items with their own scores.
  for (const OwnedQuery& query : queries) {
    std::vector<float> scores(kBatteryItems);
    model->score_all(query.view(), scores);
    const auto row = retrieve_one(*model, query, kBatteryItems);
    for (size_t i = 0; i < row.size() && row[i].item != kNoItem; ++i) {
      EXPECT_NEAR(row[i].score, scores[index(row[i].item)], 1e-5);
    }
  }
}

TEST(Neural, ABundleIsLoadedAndAnswersAsBefore) {
  register_neural();
  const Dataset& dataset = battery_dataset();
  NeuralConfig config = group_config();
  config.inputs.begin_token = true;
  const auto model = group_model(config);
  BundleContents contents;
  contents.dataset = &dataset;
  contents.history_end.assign(dataset.num_users(), 6);
  contents.now = 130 * kDayMs;
  contents.config_json = model->config_json();
  const std::string path = battery_directory("neural") + "/bundle";
  write_bundle(path, contents, *model, [&](const std::string& to) { model->save(to); });
  const Bundle bundle = load_bundle(path);
  EXPECT_EQ(bundle.kind, "neural");
  const auto queries = random_queries(20);
  EXPECT_EQ(retrieve_all(*bundle.retriever, queries, 5), retrieve_all(*model, queries, 5));
}

}  // namespace
}  // namespace kaskad
