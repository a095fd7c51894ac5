// What a user's mapping writes into the inputs of their graph, and what is said where the two do
// not fit. The graphs here give back what they are given, so that each source is seen as it is.
#include "kaskad/ranking/onnx_ranker.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "kaskad/counters/store_writer.h"
#include "kaskad/ranking/cross_counters.h"
#include "kaskad/ranking/list_requests.h"
#include "kaskad/ranking/onnx_import.h"
#include "tests/dataset/make_dataset.h"
#include "tests/ranking/onnx_stumps.h"

namespace kaskad {
namespace {

using Floats = std::vector<float>;
using Dimensions = std::vector<Dimension>;

constexpr float kNotKnown = std::numeric_limits<float>::quiet_NaN();
constexpr int64_t kAnHour = 3'600'000;

// Ann saw milk and bought beer two hours later; bob saw tea.
std::vector<TestRow> shop_rows() {
  return {{"ann", "milk", 1 * kAnHour, 1, "view"},
          {"ann", "beer", 3 * kAnHour, 1, "buy"},
          {"bob", "tea", 4 * kAnHour, 1, "view"}};
}

DatasetContents shop_features(TimeKind time_kind) {
  DatasetContents contents{.time_kind = time_kind};
  contents.item_features.categorical = {{"colour", {"white", "brown"}, {0, 1, 2, 2}, {0, 1}},
                                        {"tags", {"a", "b", "c"}, {0, 3, 3, 4}, {0, 1, 2, 1}}};
  contents.item_features.dense = {{"price", 1, {10, 20, kNotKnown}},
                                  {"taste", 2, {1, 2, 3, 4, 5, 6}}};
  contents.user_features.categorical = {{"town", {"here", "there"}, {0, 1, 2}, {1, 0}}};
  contents.user_features.dense = {{"age", 1, {30, kNotKnown}}};
  return contents;
}

class Shop {
 public:
  explicit Shop(TimeKind time_kind = TimeKind::kClock, std::vector<std::string> heads = {"buy"})
      : log(shop_rows(), shop_features(time_kind)) {
    const std::vector<ItemId> items = {ItemId{0}, ItemId{1}, ItemId{2}};
    const Floats scores = {3, 2, 1}, context = {7, 8, kNotKnown};
    const std::vector<uint32_t> ranks = {1, 2, 3}, known = {2, 1}, missed(heads.size());
    const Floats labels(3 * heads.size(), 1);
    ImpressionWriter writer(heads.size(), 1);
    writer.append({UserId{0}, 5 * kAnHour, 2, missed, items, scores, ranks, {}, labels, context});
    ImpressionFacts facts;
    facts.part = "test";
    facts.heads = std::move(heads);
    facts.contexts = {"shown"};
    facts.dataset_hash = log.data.hash();
    facts.time_kind = time_kind;
    std::filesystem::create_directories(log.directory / "lists");
    writer.finish(log.directory / "lists", known, facts);
    lists = Impressions::open(log.directory / "lists");
  }

  TestDataset log;
  Impressions lists = {};
};

const Shop& shop() {
  static const Shop one;
  return one;
}

// Output "Y" of any shape: the input "X" as float.
std::string echo(ElementType type, const Dimensions& shape) {
  Graph graph("echo");
  const Value input = graph.input("X", type, shape);
  graph.output(graph.node("Cast", {input}, {{"to", int64_t{1}}}), "Y", ElementType::kFloat, shape);
  return graph.to_bytes("0");
}

class OnnxRankerTest : public testing::Test {
 protected:
  std::unique_ptr<OnnxRanker> make(const std::string& graph, const std::string& mapping,
                                   const Shop& at = shop()) {
    directory_.write("graph.onnx", graph);
    return import_onnx_ranker({.mapping_text = "graph = \"graph.onnx\"\n" + mapping,
                               .mapping_path = directory_ / "map.toml"},
                              at.log.data, at.lists);
  }

  std::string error_of(const std::string& graph, const std::string& mapping,
                       const Shop& at = shop()) {
    try {
      make(graph, mapping, at);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }

  // Heads c0 .. of the columns of an echo.
  static std::string columns(size_t count) {
    std::string text;
    for (size_t c = 0; c < count; ++c) {
      text +=
          "[[heads]]\nname = \"c" + std::to_string(c) + "\"\ncolumn = " + std::to_string(c) + "\n";
    }
    return text;
  }

  // What a source writes for ann's list: (candidates, width), row by row.
  Floats written(const std::string& source, ElementType type, size_t width,
                 const std::string& more = "") {
    const bool single = width == 0;
    Dimensions shape = {"n"};
    if (!single) shape.emplace_back(static_cast<int64_t>(width));
    const size_t heads = single ? 1 : width;
    const auto ranker = make(echo(type, shape), more + "[inputs.X]\nmissing_or_source\n", shop(),
                             source, columns(heads));
    return scores(*ranker);
  }

  std::unique_ptr<OnnxRanker> make(const std::string& graph, std::string mapping, const Shop& at,
                                   const std::string& source, const std::string& heads) {
    const std::string mark = "missing_or_source";
    mapping.replace(mapping.find(mark), mark.size(), source);
    return make(graph, mapping + heads, at);
  }

  static Floats scores(const OnnxRanker& ranker, RankRequest request) {
    Floats found(request.candidates.size() * ranker.heads().size());
    ranker.score_heads({&request, 1}, found);
    return found;
  }
  static Floats scores(const OnnxRanker& ranker) {
    return scores(ranker, request_of(shop().log.data, shop().lists.list(0)));
  }

  TempDir directory_;
};

// The same row for each of the three candidates.
Floats thrice(const Floats& row) {
  Floats rows;
  for (int i = 0; i < 3; ++i) rows.insert(rows.end(), row.begin(), row.end());
  return rows;
}

TEST_F(OnnxRankerTest, TheHistoryIsPaddedOnEitherSide) {
  const std::string right = "history = { length = 4 }\n";
  const std::string left = "history = { length = 4, pad = \"left\" }\n";
  const std::string items = "source = \"history.items\"", mask = "source = \"history.mask\"";
  EXPECT_EQ(written(items, ElementType::kInt64, 4, right), thrice({1, 2, 0, 0}));
  EXPECT_EQ(written(items, ElementType::kInt32, 4, left), thrice({0, 0, 1, 2}));
  EXPECT_EQ(written(mask, ElementType::kBool, 4, right), thrice({1, 1, 0, 0}));
  EXPECT_EQ(written(mask, ElementType::kFloat, 4, left), thrice({0, 0, 1, 1}));
  EXPECT_EQ(written(items, ElementType::kFloat, 1, "history = { length = 1 }\n"), thrice({2}));
  EXPECT_EQ(written("source = \"history.length\"", ElementType::kInt64, 0), thrice({2}));
}

TEST_F(OnnxRankerTest, AHistoryWithoutPaddingHasAsManyPlacesAsEvents) {
  const auto ranker = make(echo(ElementType::kInt64, {"n", "events"}),
                           "history = { length = 4, pad = \"none\" }\n"
                           "inputs.X = { source = \"history.items\" }\n" +
                               columns(1));
  EXPECT_EQ(scores(*ranker), thrice({1}));
  const std::vector<ItemId> candidates = {ItemId{0}};
  RankRequest nobody;
  nobody.candidates = candidates;
  EXPECT_EQ(scores(*ranker, nobody), Floats{0});  // one place, of nothing
}

TEST_F(OnnxRankerTest, TimesComeAsHoursOrAsBuckets) {
  const std::string two = "history = { length = 3 }\n";
  const auto source = [](const std::string& name) { return "source = \"history." + name + "\"\n"; };
  EXPECT_EQ(written(source("ages") + "missing = -1", ElementType::kFloat, 3, two),
            thrice({4, 2, -1}));
  EXPECT_EQ(written(source("gaps") + "missing = -1", ElementType::kDouble, 3, two),
            thrice({-1, 2, -1}));
  EXPECT_EQ(written(source("age_buckets"), ElementType::kInt64, 3, two), thrice({3, 2, 0}));
  EXPECT_EQ(written(source("gap_buckets"), ElementType::kInt64, 3, two), thrice({0, 14, 0}));
  const Shop order(TimeKind::kOrder);
  EXPECT_NE(error_of(echo(ElementType::kFloat, {"n", int64_t{50}}),
                     "inputs.X = { source = \"history.ages\" }", order)
                .find("the log has no clock"),
            std::string::npos);
}

TEST_F(OnnxRankerTest, ActionsAreTokensOfTheLogsNames) {
  const std::string three = "history = { length = 3 }\n";
  EXPECT_EQ(written("source = \"history.actions\"", ElementType::kInt64, 3, three),
            thrice({2, 3, 0}));
  const auto ranker = make(echo(ElementType::kInt64, {"n", int64_t{3}}),
                           three + "inputs.X = { source = \"history.actions\" }\n" + columns(3));
  EXPECT_EQ(ranker->action_names(), (std::vector<std::string>{"view", "buy"}));
  RankRequest request = request_of(shop().log.data, shop().lists.list(0));
  request.history.actions = {};
  EXPECT_EQ(scores(*ranker, request), thrice({1, 1, 0}));  // events, but of no known action
}

TEST_F(OnnxRankerTest, FeaturesOfItemsAreCodesOrNumbers) {
  const std::string two = "history = { length = 2 }\n";
  const auto of = [](const std::string& who, const std::string& feature) {
    return "source = \"" + who + ".feature\"\nfeature = \"" + feature + "\"\n";
  };
  EXPECT_EQ(written(of("candidate", "colour"), ElementType::kInt64, 0), (Floats{1, 2, 0}));
  EXPECT_EQ(written(of("candidate", "tags") + "values = 2", ElementType::kInt32, 2),
            (Floats{1, 2, 0, 0, 2, 0}));
  EXPECT_EQ(written(of("candidate", "price") + "missing = -5", ElementType::kFloat, 0),
            (Floats{10, 20, -5}));
  EXPECT_EQ(written(of("candidate", "taste") + "missing = 0", ElementType::kFloat16, 2),
            (Floats{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(written(of("history", "colour"), ElementType::kInt64, 2, two), thrice({1, 2}));
  EXPECT_EQ(written(of("user", "town"), ElementType::kInt64, 0), thrice({2}));
  EXPECT_EQ(written(of("user", "age") + "missing = -1", ElementType::kFloat, 0), thrice({30}));
  EXPECT_EQ(written("source = \"candidate.items\"", ElementType::kInt64, 0), (Floats{1, 2, 3}));
  EXPECT_EQ(written("source = \"user.id\"", ElementType::kInt64, 0), thrice({1}));
}

TEST_F(OnnxRankerTest, IdsOutsideTheDatasetAreUnknown) {
  const auto ranker =
      make(echo(ElementType::kInt64, {"n", int64_t{1}}), "inputs.X = { source = \"user.id\" }");
  const std::vector<ItemId> candidates = {ItemId{0}};
  for (const UserId user : {kNoUser, UserId{2}, UserId{1'000'000}}) {
    RankRequest request;
    request.user = user;
    request.candidates = candidates;
    EXPECT_EQ(scores(*ranker, request), Floats{0});
  }
}

TEST_F(OnnxRankerTest, FeaturesOfTheHistoryHaveAnEventAndAPlaceDimension) {
  // (n, 2, 3) summed over the last: milk has tags 1, 2, 3, beer none.
  Graph graph("tags");
  const Value tags = graph.input("X", ElementType::kInt64, {"n", int64_t{2}, int64_t{3}});
  const Value axis = graph.constant(std::vector<int64_t>{2}, {1});
  const Value sum = graph.node("ReduceSum", {tags, axis}, {{"keepdims", int64_t{0}}});
  graph.output(graph.node("Cast", {sum}, {{"to", int64_t{1}}}), "Y", ElementType::kFloat,
               {"n", int64_t{2}});
  const auto ranker = make(graph.to_bytes("0"), R"(
history = { length = 2, pad = "left" }
inputs.X = { source = "history.feature", feature = "tags", values = 3 }
)" + columns(2));
  EXPECT_EQ(scores(*ranker), thrice({6, 0}));
}

TEST_F(OnnxRankerTest, WhatTheRetrieverAndTheListSayOfACandidate) {
  EXPECT_EQ(written("source = \"candidate.score\"\nmissing = 0", ElementType::kFloat, 0),
            (Floats{3, 2, 1}));
  EXPECT_EQ(written("source = \"candidate.rank\"\nmissing = 99", ElementType::kFloat, 0),
            (Floats{1, 2, 3}));
  EXPECT_EQ(written("source = \"candidate.context\"\nfeature = \"shown\"\nmissing = -1",
                    ElementType::kFloat, 0),
            (Floats{7, 8, -1}));
  const auto ranker = make(echo(ElementType::kFloat, {"n", int64_t{1}}),
                           "inputs.X = { source = \"candidate.rank\", missing = 99 }");
  RankRequest bare = request_of(shop().log.data, shop().lists.list(0));
  bare.ranks = {};
  EXPECT_EQ(scores(*ranker, bare), thrice({99}));
}

TEST_F(OnnxRankerTest, WordsOfTheQueryAreNumberedByAList) {
  directory_.write("words.txt", "red\nshoes\n");
  const auto ranker = make(echo(ElementType::kInt64, {"n", int64_t{4}}),
                           "query = { tokens = \"words.txt\", length = 4 }\n"
                           "inputs.X = { source = \"query.tokens\" }\n" +
                               columns(4));
  RankRequest request = request_of(shop().log.data, shop().lists.list(0));
  request.query = "Shoes, fast red";
  EXPECT_EQ(scores(*ranker, request), thrice({3, 1, 2, 0}));
  directory_.write("words.txt", "red\nred\n");
  EXPECT_NE(error_of(echo(ElementType::kInt64, {"n", int64_t{4}}),
                     "query = { tokens = \"words.txt\", length = 4 }\n"
                     "inputs.X = { source = \"query.tokens\" }\n")
                .find("line 2: found 'red' for a second time"),
            std::string::npos);
}

TEST_F(OnnxRankerTest, RankingFeaturesAreThoseOfTheTreesAndUnreadGroupsAreLeftOut) {
  const auto ranker = make(echo(ElementType::kFloat, {"n", int64_t{2}}), R"(
[inputs.X]
source = "features"
columns = ["item_price", "retrieval_rank"]
missing = -1
)" + columns(2));
  EXPECT_EQ(scores(*ranker), (Floats{10, 1, 20, 2, -1, 3}));
  ranker->save(directory_.path());
  const auto kept = RankingFeatures::load(directory_ / "features").columns();
  const auto has = [&](const std::string& name) {
    return std::ranges::any_of(kept, [&](const auto& column) { return column.name == name; });
  };
  EXPECT_TRUE(has("item_price"));
  EXPECT_FALSE(has("popularity"));
  EXPECT_FALSE(has("user_age"));
  EXPECT_FALSE(has("history_length"));
}

TEST_F(OnnxRankerTest, CountersAreThoseOfTheStore) {
  CounterSpec spec;
  spec.segments = {{"town", "item"}};
  write_counter_store(directory_ / "store", ListOrder({&shop().lists}), shop().log.data, spec,
                      {.threads = 1});
  const CounterStore store = CounterStore::open(directory_ / "store");
  const RankRequest request = request_of(shop().log.data, shop().lists.list(0));
  Floats expected(3 * store.num_features());
  store.answer(counter_request(request), expected);
  const auto width = static_cast<int64_t>(store.num_features());
  const auto ranker = make(echo(ElementType::kFloat, {"n", width}),
                           "counters = \"store\"\ninputs.X = { source = \"counters\" }\n" +
                               columns(store.num_features()));
  EXPECT_EQ(scores(*ranker), expected);
}

TEST_F(OnnxRankerTest, ListsHaveARequestInFront) {
  const std::string mapping = "style = \"lists\"\ninputs.X = { source = \"candidate.items\" }\n";
  EXPECT_EQ(scores(*make(echo(ElementType::kInt64, {int64_t{1}, "m"}), mapping)),
            (Floats{1, 2, 3}));
  // or leave it out
  EXPECT_EQ(scores(*make(echo(ElementType::kInt64, {"m"}), mapping)), (Floats{1, 2, 3}));
  EXPECT_EQ(scores(*make(echo(ElementType::kInt64, {"b", "m", int64_t{1}}), mapping)),
            (Floats{1, 2, 3}));
}

TEST_F(OnnxRankerTest, ManyRowsAreRunInBlocks) {
  const auto ranker = make(echo(ElementType::kInt64, {"n", int64_t{1}}),
                           "inputs.X = { source = \"candidate.items\" }");
  std::vector<ItemId> many(10'000);
  for (size_t i = 0; i < many.size(); ++i) many[i] = ItemId{static_cast<uint32_t>(i % 4)};
  RankRequest request;
  request.candidates = many;
  const Floats found = scores(*ranker, request);
  for (size_t i = 0; i < many.size(); ++i) ASSERT_EQ(found[i], i % 4 == 3 ? 0 : i % 4 + 1) << i;
}

TEST_F(OnnxRankerTest, HeadsAreColumnsWithAWeightAndASigmoid) {
  const Shop two(TimeKind::kClock, {"click", "buy"});
  const auto ranker = make(echo(ElementType::kFloat, {"n", int64_t{2}}), R"(
[inputs.X]
source = "features"
columns = ["retrieval_rank", "retrieval_score"]
missing = 0
[[heads]]
name = "click"
output = "Y"
column = 0
sigmoid = true
[[heads]]
name = "buy"
output = "Y"
column = 1
weight = 3
)",
                           two);
  EXPECT_EQ(ranker->heads(), (std::vector<Head>{{"click", 1}, {"buy", 3}}));
  const Floats found = scores(*ranker);
  EXPECT_NEAR(found[0], 1 / (1 + std::exp(-1.0F)), 1e-6);
  EXPECT_EQ(found[1], 3);
  EXPECT_NE(error_of(echo(ElementType::kFloat, {"n", int64_t{1}}),
                     "inputs.X = { source = \"candidate.rank\", missing = 0 }", two)
                .find("found no heads"),
            std::string::npos);
}

TEST_F(OnnxRankerTest, SavedAndLoadedItNeedsNoneOfTheUsersFiles) {
  directory_.write("words.txt", "red\n");
  Graph graph("sum");
  const Value town = graph.input("town", ElementType::kInt64, {"n"});
  const Value price = graph.input("price", ElementType::kFloat, {"n"});
  const Value words = graph.input("words", ElementType::kInt64, {"n", int64_t{1}});
  const Value axis = graph.constant(std::vector<int64_t>{1}, {1});
  const auto number = [&](const Value& value) {
    return graph.node("Cast", {value}, {{"to", int64_t{1}}});
  };
  const Value word = number(graph.node("Squeeze", {words, axis}));
  graph.output(graph.node("Add", {graph.node("Add", {number(town), price}), word}), "Y",
               ElementType::kFloat, {"n"});
  const auto ranker = make(graph.to_bytes("0"), R"(
query = { tokens = "words.txt", length = 1 }
[inputs]
town = { source = "user.feature", feature = "town" }
price = { source = "candidate.feature", feature = "price", missing = 0 }
words = { source = "query.tokens" }
)");
  const TempDir bundle;
  ranker->save(bundle.path());
  std::filesystem::remove(directory_ / "words.txt");
  std::filesystem::remove(directory_ / "graph.onnx");
  const auto loaded = OnnxRanker::load(bundle.path(), ranker->config_json(), ranker->heads());
  RankRequest request = request_of(shop().log.data, shop().lists.list(0));
  request.query = "red";
  EXPECT_EQ(scores(*loaded, request), (Floats{2 + 10 + 2, 2 + 20 + 2, 2 + 0 + 2}));
  const nlohmann::json config = nlohmann::json::parse(ranker->config_json());
  EXPECT_EQ(config["tables"]["item_features"]["features"].size(), 1U);  // the price alone
  EXPECT_THROW(OnnxRanker::load(bundle.path(), "{}", ranker->heads()), Error);
}

TEST_F(OnnxRankerTest, ErrorsShowWhatTheGraphDeclaresAndWhatTheMappingGives) {
  const auto says = [&](const Dimensions& shape, ElementType type, const std::string& mapping,
                        const std::string& text) {
    const std::string error = error_of(echo(type, shape), mapping);
    EXPECT_NE(error.find(text), std::string::npos) << error;
  };
  const Dimensions rows = {"n", int64_t{20}};
  says(rows, ElementType::kInt64, "inputs.X = { source = \"history.items\" }",
       "declares X int64 (?, 20), the mapping gives int64 (candidates, 50)");
  says(rows, ElementType::kInt64,
       "history = { pad = \"none\" }\ninputs.X = { source = \"history.items\" }",
       "declares X int64 (?, 20), the mapping gives int64 (candidates, events)");
  says({int64_t{4}}, ElementType::kInt64, "inputs.X = { source = \"candidate.items\" }",
       "declares X int64 (4), the mapping gives int64 (candidates)");
  says(rows, ElementType::kInt64, "inputs.X = { source = \"history.items\", dtype = \"int32\" }",
       "declares X int64 (?, 20), the mapping gives dtype int32");
  says(rows, ElementType::kInt64, "inputs.X = { source = \"history.ages\" }",
       "declares X int64 (?, 20), the mapping gives float, double or float16");
  says(rows, ElementType::kInt64, "inputs.Z = { source = \"history.items\" }",
       "the graph declares the input X int64 (?, 20), the mapping gives only Z");
  says({"n"}, ElementType::kInt64,
       "inputs.X = { source = \"candidate.items\" }\ninputs.Z = { source = \"user.id\" }",
       "the mapping gives the input 'Z', the graph");
  says(rows, ElementType::kInt64, "inputs.X = { source = \"history.item\" }",
       "did you mean 'history.items'?");
  says({"n"}, ElementType::kInt64,
       "inputs.X = { source = \"candidate.feature\", feature = \"color\" }",
       "did you mean 'colour'?");
  says({"n"}, ElementType::kInt64,
       "inputs.X = { source = \"candidate.feature\", feature = \"tags\" }",
       "a row of 'tags' with 3 categories, expected 'values'");
  says({"n"}, ElementType::kInt64, "inputs.X = { source = \"candidate.items\", missing = 1 }",
       "'missing' for ids");
  says({"n"}, ElementType::kInt64,
       "inputs.X = { source = \"candidate.items\", feature = \"price\" }", "expected none");
  says({"n", int64_t{2}}, ElementType::kFloat,
       "inputs.X = { source = \"features\", columns = [\"item_prise\"], missing = 0 }",
       "did you mean 'item_price'?");
}

TEST_F(OnnxRankerTest, ErrorsOfOutputsShowBothSidesToo) {
  const std::string graph = echo(ElementType::kInt64, {"n"});
  const std::string input = "inputs.X = { source = \"candidate.items\" }\n";
  EXPECT_NE(error_of(graph, input + "[[heads]]\nname = \"buy\"\noutput = \"Z\"")
                .find("gives head 'buy' the output 'Z', the graph"),
            std::string::npos);
  EXPECT_NE(error_of(graph, input + "[[heads]]\nname = \"buy\"\ncolumn = 1")
                .find("the answer to 3 candidates is (3), expected a column number 1"),
            std::string::npos);
  const std::string unknown =
      error_of(echo(ElementType::kFloat, {"n"}), "inputs.X = { source = \"candidate.score\" }");
  EXPECT_NE(unknown.find("head 'buy' scores nan, expected a number"), std::string::npos) << unknown;
}

// Trees of other libraries: rows of ranking features in, and what they declare of their answer need
// not be right.
class OnnxRowsTest : public OnnxRankerTest {
 protected:
  // Over the columns rank, length of the history, score: 1 or 2 by the rank, 10 or 20 by the score.
  const std::vector<Stump> stumps_ = {{0, 1.5F, 1, 2, true}, {2, 1.5F, 10, 20, false}};
  const std::vector<std::string> features_ = {"retrieval_rank", "history_length",
                                              "retrieval_score"};

  std::unique_ptr<OnnxRanker> of_rows(const std::string& graph) {
    const std::string path = directory_.write("trees.onnx", graph);
    return import_onnx_ranker(
        {.mapping_text = row_mapping(path, features_), .mapping_path = path + " (rows)"},
        shop().log.data, shop().lists);
  }
};

TEST_F(OnnxRowsTest, ARegressorsSumIsTheScore) {
  for (const Dimensions& declared :
       {Dimensions{"N", int64_t{1}}, Dimensions{"N"}, Dimensions{"N", "columns"}}) {
    EXPECT_EQ(scores(*of_rows(stump_regressor(3, stumps_, declared))), (Floats{21, 22, 12}));
  }
}

TEST_F(OnnxRowsTest, WhatIsNotKnownGoesTheWayThatTheTreeSays) {
  const std::vector<ItemId> candidates = {ItemId{0}};
  RankRequest bare;
  bare.candidates = candidates;
  EXPECT_EQ(scores(*of_rows(stump_regressor(3, stumps_)), bare), (Floats{1 + 20}));
}

TEST_F(OnnxRowsTest, AClassifiersScoreIsTheProbabilityOfTheSecondClass) {
  const Floats found = scores(*of_rows(stump_classifier(3, {{0, 1.5F, -2, 3}})));
  EXPECT_NEAR(found[0], 1 / (1 + std::exp(2.0)), 1e-6);
  EXPECT_NEAR(found[1], 1 / (1 + std::exp(-3.0)), 1e-6);
}

TEST_F(OnnxRowsTest, ProbabilitiesAsMapsAreRefusedWithWhatToDo) {
  try {
    of_rows(stump_classifier(3, stumps_, true));
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("a sequence or map"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("zipmap=False"), std::string::npos);
  }
}

TEST_F(OnnxRowsTest, OtherGraphsAreRefusedByWhatTheyDeclare) {
  const auto error = [&](const std::string& graph) -> std::string {
    try {
      of_rows(graph);
    } catch (const Error& fault) {
      return fault.what();
    }
    return "no error";
  };
  EXPECT_NE(error(stump_regressor(4, stumps_)).find("declares X float (?, 4)"), std::string::npos);
  EXPECT_NE(error(echo(ElementType::kInt64, {"N", int64_t{3}})).find("X int64 (?, 3)"),
            std::string::npos);
  EXPECT_NE(error(echo(ElementType::kFloat, {"N", int64_t{3}})).find("the 'column' of a head"),
            std::string::npos);
  EXPECT_NE(error("no graph").find("trees.onnx"), std::string::npos);
}

}  // namespace
}  // namespace kaskad
