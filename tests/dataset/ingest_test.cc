#include "kaskad/dataset/ingest.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <random>

#include "tests/dataset/fake_events.h"
#include "tests/dataset/make_dataset.h"
#include "tests/dataset/messages.h"

namespace kaskad {
namespace {

namespace fs = std::filesystem;

// One line a user: "ann: beer@10 milk@20*2".
std::string text_of(const Dataset& data) {
  std::string text;
  for (size_t user = 0; user < data.num_users(); ++user) {
    text += std::string(data.users().name(user)) + ":";
    const History history = data.history(UserId(user));
    for (size_t i = 0; i < history.size(); ++i) {
      text += " " + std::string(data.items().name(index(history.items[i]))) + "@" +
              std::to_string(history.times[i]);
      if (history.weights[i] != 1) text += "*" + std::to_string(int(history.weights[i]));
    }
    text += "\n";
  }
  return text;
}

std::string ingest_text(const std::vector<TestRow>& rows, const IngestOptions& options = {}) {
  const TempDir directory;
  ingest_fake(directory, {{rows}}, options);
  return text_of(Dataset::open(directory / "data"));
}

std::string ingest_error(const std::vector<FakeLog>& logs, const IngestOptions& options = {}) {
  const TempDir directory;
  const std::string message = message_of([&] { ingest_fake(directory, logs, options); });
  EXPECT_TRUE(fs::is_empty(directory.path())) << "something was left behind";
  return message;
}

// Zipf-like users and items, many ties in time.
std::vector<TestRow> random_rows(size_t count) {
  std::mt19937 random(7);
  std::uniform_real_distribution<double> uniform;
  std::vector<TestRow> rows;
  for (size_t i = 0; i < count; ++i) {
    rows.push_back({"u" + std::to_string(static_cast<int>(500 * uniform(random) * uniform(random))),
                    "i" + std::to_string(static_cast<int>(80 * uniform(random) * uniform(random))),
                    static_cast<int64_t>(random() % 1000), static_cast<float>(random() % 5 + 1),
                    random() % 2 ? "click" : "buy"});
  }
  return rows;
}

TEST(Ingest, SortsByTimeAndKeepsFileOrderOnTies) {
  EXPECT_EQ(
      ingest_text(
          {{"ann", "milk", 20}, {"bob", "tea", 5}, {"ann", "beer", 10}, {"ann", "tea", 20, 2}}),
      "ann: beer@10 milk@20 tea@20*2\n"
      "bob: tea@5\n");
}

TEST(Ingest, EqualsPlainGroupingWhateverBudgetAndThreads) {
  const std::vector<TestRow> rows = random_rows(20000);
  const TestDataset expected(rows);
  for (const uint64_t memory : {uint64_t{1}, uint64_t{1} << 19, uint64_t{1} << 30}) {
    for (const int threads : {1, 3}) {
      const TempDir directory;
      IngestOptions options;
      options.memory = memory;
      options.threads = threads;
      const IngestResult result = ingest_fake(directory, {{rows}}, options);
      EXPECT_EQ(result.hash, expected.hash) << memory << " bytes, " << threads << " threads";
      EXPECT_EQ(result.spilled_bytes > 0, memory < uint64_t{1} << 30);
      EXPECT_EQ(Dataset::open(directory / "data").hash(), expected.hash);
    }
  }
}

TEST(Ingest, CountsWhatItDid) {
  const TempDir directory;
  const IngestResult result =
      ingest_fake(directory, {{{{"a", "x", 1, 1, "click"}, {"b", "x", 2, 1, "buy"}}}});
  EXPECT_EQ(result.rows, 2u);
  EXPECT_EQ(result.events, 2u);
  EXPECT_EQ(result.users, 2u);
  EXPECT_EQ(result.items, 1u);
  EXPECT_EQ(result.actions, (std::vector<std::string>{"click", "buy"}));
  EXPECT_EQ(result.sources.at(0).rows, 2u);
}

TEST(Ingest, DuplicatesByPolicy) {
  const std::vector<TestRow> rows = {
      {"a", "x", 3, 2}, {"a", "y", 2}, {"a", "x", 1, 5}, {"a", "x", 9, 4}};
  const auto with = [&](Duplicates policy) {
    IngestOptions options;
    options.duplicates = policy;
    return ingest_text(rows, options);
  };
  EXPECT_EQ(with(Duplicates::kKeep), "a: x@1*5 y@2 x@3*2 x@9*4\n");
  EXPECT_EQ(with(Duplicates::kFirst), "a: x@1*5 y@2\n");
  EXPECT_EQ(with(Duplicates::kLast), "a: y@2 x@9*4\n");
  EXPECT_EQ(with(Duplicates::kSum), "a: y@2 x@9*11\n");  // 5 + 2 + 4
}

TEST(Ingest, MinimalWeightDropsRowsBeforeTheyGetIds) {
  IngestOptions options;
  options.min_weight = 4;
  const std::vector<TestRow> rows = {{"a", "x", 1, 3}, {"b", "y", 1, 4}, {"a", "y", 2, 5}};
  EXPECT_EQ(ingest_text(rows, options), "b: y@1*4\na: y@2*5\n");
  EXPECT_TRUE(contains(ingest_error({{rows, TimeKind::kClock, false}}, options),
                       "'0' has no weight column"));
  options.min_weight = 6;
  EXPECT_TRUE(contains(ingest_error({{rows}}, options), "no event is left of 3 rows"));
}

TEST(Ingest, ActionWeightsMultiplyAndZeroLeavesOut) {
  IngestOptions options;
  options.action_weights = {{"buy", 5}, {"view", 0}};
  const std::vector<TestRow> rows = {
      {"a", "x", 1, 1, "view"}, {"a", "y", 2, 2, "buy"}, {"a", "z", 3, 3, "click"}};
  EXPECT_EQ(ingest_text(rows, options), "a: y@2*10 z@3*3\n");
  options.action_weights = {{"bye", 5}};
  EXPECT_TRUE(
      contains(ingest_error({{rows}}, options), "no action 'bye'; found 'view', 'buy', 'click'"));
  EXPECT_TRUE(contains(ingest_error({{{{"a", "x", 1}}}}, options), "no action column"));
}

class ColdItems : public testing::Test {
 protected:
  ColdItems() {
    options_.item_feature_paths = {
        folder_.write("items.csv", "item_id,genre\nx,a\nnew,b\nrare,a\nlater,b\n")};
    options_.cold_items = true;
  }
  const TempDir folder_;
  IngestOptions options_;
};

TEST_F(ColdItems, ComeBehindThoseOfTheLogWithTheirFeatures) {
  const TempDir directory;
  const IngestResult result = ingest_fake(directory, {{{{"a", "x", 1}, {"a", "y", 2}}}}, options_);
  EXPECT_EQ(result.cold_items, 3u);
  EXPECT_EQ(result.item_features.unknown, 0u);
  const Dataset data = Dataset::open(directory / "data");
  ASSERT_EQ(data.num_items(), 5u);
  EXPECT_EQ(data.items().name(0), "x");
  EXPECT_EQ(data.items().name(2), "new");
  EXPECT_EQ(data.items().name(4), "later");
  const CategoricalFeature& genre = data.item_features().categorical.at(0);
  const auto genre_of = [&](size_t item) { return genre.names[genre.codes[genre.offsets[item]]]; };
  EXPECT_EQ(genre_of(0), "a");
  EXPECT_EQ(genre_of(2), "b");
  EXPECT_EQ(genre.offsets[1], genre.offsets[2]);  // y is in no file
}

TEST_F(ColdItems, AreNotThoseThatAFilterTookOut) {
  const TempDir directory;
  options_.density.min_item_count = 2;
  ingest_fake(directory, {{{{"a", "x", 1}, {"b", "x", 2}, {"b", "rare", 3}}}}, options_);
  const Dataset data = Dataset::open(directory / "data");
  ASSERT_EQ(data.num_items(), 3u);
  EXPECT_EQ(data.items().name(0), "x");
  EXPECT_EQ(data.items().name(1), "new");
}

TEST_F(ColdItems, NeedFilesThatNameThem) {
  options_.item_feature_paths.clear();
  EXPECT_TRUE(contains(ingest_error({{{{"a", "x", 1}}}}, options_), "--cold-items needs"));
}

TEST(Ingest, RareItemsGoBeforeShortHistoriesEachOnce) {
  IngestOptions options;
  options.density.min_item_count = 2;
  options.density.min_history = 2;
  // z goes (1 event); then b goes (1 event left); x keeps one event: no second round.
  const std::vector<TestRow> rows = {{"a", "x", 1}, {"a", "y", 2}, {"b", "x", 3},
                                     {"b", "z", 4}, {"c", "y", 5}, {"c", "y", 6}};
  EXPECT_EQ(ingest_text(rows, options), "a: x@1 y@2\nc: y@5 y@6\n");
}

TEST(Ingest, CoreGoesToTheFixedPoint) {
  IngestOptions options;
  options.density.user_core = 2;
  options.density.item_core = 2;
  // Item z (1 event) goes, so user c has 1 event and goes, so item y has 1 event and goes:
  // a and b keep w and x.
  const std::vector<TestRow> rows = {{"c", "y", 1}, {"c", "z", 2}, {"a", "w", 1}, {"a", "x", 2},
                                     {"b", "x", 1}, {"b", "w", 2}, {"b", "y", 3}};
  EXPECT_EQ(ingest_text(rows, options), "a: w@1 x@2\nb: x@1 w@2\n");
  options.density.user_core = 3;
  EXPECT_TRUE(contains(ingest_error({{rows}}, options), "density filters"));
}

TEST(Ingest, FiltersDoNotDependOnTheBudget) {
  const std::vector<TestRow> rows = random_rows(5000);
  IngestOptions options;
  options.density = {3, 2, 5, 5};
  options.duplicates = Duplicates::kLast;
  const TempDir one, two;
  const std::string in_memory = ingest_fake(one, {{rows}}, options).hash;
  options.memory = 1;
  EXPECT_EQ(ingest_fake(two, {{rows}}, options).hash, in_memory);
}

TEST(Ingest, LaterFilesFollowWhereOnlyTheOrderIsKnown) {
  const TempDir directory;
  ingest_fake(directory, {{{{"a", "x", 0}, {"a", "y", 1}}, TimeKind::kOrder},
                          {{{"a", "z", 0}, {"b", "z", 1}}, TimeKind::kOrder}});
  EXPECT_EQ(text_of(Dataset::open(directory / "data")), "a: x@0 y@1 z@2\nb: z@3\n");
}

TEST(Ingest, FilesOfOneLogMustAgree) {
  const FakeLog clock{{{"a", "x", 0}}}, order{{{"a", "x", 0}}, TimeKind::kOrder};
  EXPECT_TRUE(contains(ingest_error({clock, order}), "'1' has only an order of events"));
  EXPECT_TRUE(contains(ingest_error({clock, {{{"a", "x", 0, 1, "buy"}}}}),
                       "'1' has an action column, unlike '0'"));
}

TEST(Ingest, EmptyLogIsAnError) {
  EXPECT_TRUE(contains(ingest_error({{}}), "'0' holds no events"));
}

TEST(Ingest, BrokenLogLeavesTheOlderDataset) {
  const TempDir directory;
  ingest_fake(directory, {{{{"a", "x", 1}}}});
  const FakeLog broken{random_rows(500), TimeKind::kClock, true, 100, 200};
  EXPECT_TRUE(contains(message_of([&] { ingest_fake(directory, {broken}); }), "breaks off"));
  EXPECT_EQ(text_of(Dataset::open(directory / "data")), "a: x@1\n");
  EXPECT_EQ(std::distance(fs::directory_iterator(directory.path()), {}), 1);
}

TEST(Ingest, ReplacesADatasetButNoOtherDirectory) {
  const TempDir directory;
  ingest_fake(directory, {{{{"a", "x", 1}}}});
  ingest_fake(directory, {{{{"b", "x", 1}}}});
  EXPECT_EQ(text_of(Dataset::open(directory / "data")), "b: x@1\n");
  fs::remove(directory / "data/manifest.json");
  EXPECT_TRUE(contains(message_of([&] { ingest_fake(directory, {{{{"c", "x", 1}}}}); }),
                       "exists and is not a dataset"));
}

// A limit on the size of files stands for a disk that is full.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() { setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_;
};

TEST(Ingest, FullDiskIsAnErrorAndLeavesNothing) {
  for (const uint64_t memory : {uint64_t{1}, uint64_t{1} << 30}) {  // while spilling, at the end
    IngestOptions options;
    options.memory = memory;
    const FakeLog log{random_rows(20000)};
    std::string message;
    {
      const FileSizeLimit limit(40000);
      message = ingest_error({log}, options);
    }
    EXPECT_TRUE(contains(message, "File too large"));
    EXPECT_TRUE(contains(message, "cannot write"));
  }
}

TEST(Ingest, ManifestSaysWhereItCameFrom) {
  const TempDir directory;
  ingest_fake(directory, {{{{"a", "x", 1}}}});
  const std::string manifest = read_file(directory / "data/manifest.json");
  EXPECT_TRUE(contains(manifest, "\"format\": \"fake\""));
  EXPECT_TRUE(contains(manifest, "\"duplicates\": \"keep\""));
}

}  // namespace
}  // namespace kaskad
