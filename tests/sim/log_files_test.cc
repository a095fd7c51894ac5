#include "kaskad/sim/log_files.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <set>
#include <sstream>

#include "kaskad/core/file.h"
#include "kaskad/core/hash.h"
#include "kaskad/dataset/dataset.h"
#include "kaskad/dataset/impression_log.h"
#include "kaskad/dataset/ingest.h"
#include "tests/sim/small_world.h"
#include "tests/temp_dir.h"

namespace kaskad::sim {
namespace {

void write_world(const WorldOptions& world, LogFileOptions options, int threads = 1) {
  const Marketplace market(world);
  const TokenMatch match(market);
  VisitPlanner planner(market, match);
  const auto engine = make_policy("engine", market);
  RunOptions run_options;
  run_options.threads = threads;
  run_options.until = market.log_end();
  std::filesystem::create_directories(options.directory);
  write_tables(market, options);
  LogFiles files(market, options);
  run(market, match, planner, *engine, run_options, files);
  files.close();
}

// File below the directory -> hash of its bytes.
std::map<std::string, std::string> hashes(const std::string& directory) {
  std::map<std::string, std::string> out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    if (!entry.is_regular_file()) continue;
    out[std::filesystem::relative(entry.path(), directory).string()] = hash_file(entry.path());
  }
  return out;
}

std::string first_line(const std::string& path) {
  const std::string text = read_file(path);
  return text.substr(0, text.find('\n'));
}

class LogFilesTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    directory_ = new TempDir;
    write_world(small_world(), {*directory_ / "log", ".csv", true});
  }
  static void TearDownTestSuite() { delete directory_; }
  static std::string file(const std::string& name) { return *directory_ / ("log/" + name); }

  static TempDir* directory_;
};

TempDir* LogFilesTest::directory_ = nullptr;

TEST_F(LogFilesTest, TheSameSeedWritesTheSameBytesOnAnyThreads) {
  const TempDir other;
  write_world(small_world(), {other / "same", ".csv", true}, 3);
  write_world(small_world(2), {other / "else", ".csv", true});
  EXPECT_EQ(hashes(*directory_ / "log"), hashes(other / "same"));
  const auto mine = hashes(*directory_ / "log"), others = hashes(other / "else");
  ASSERT_EQ(mine.size(), 11u);
  for (const auto& [name, hash] : mine) EXPECT_NE(hash, others.at(name)) << name;
}

TEST_F(LogFilesTest, TruthLiesApart) {
  EXPECT_EQ(first_line(file("impressions.csv")),
            "request_id,user_id,item_id,timestamp,position,action,query");
  EXPECT_EQ(first_line(file("interactions.csv")), "user_id,item_id,timestamp,action");
  EXPECT_EQ(first_line(file("items.csv")),
            "item_id,title,category,subcategory,brand,style,price,born,content");
  EXPECT_EQ(first_line(file("users.csv")), "user_id,country,gender,age_group");
  EXPECT_EQ(first_line(file("queries.csv")), "query,tokens");
  EXPECT_EQ(first_line(file("truth/shown.csv")),
            "request_id,item_id,position,relevance,click_probability");
}

TEST_F(LogFilesTest, IngestReadsInteractionsAndFeatures) {
  IngestOptions options;
  options.paths = {file("interactions.csv")};
  options.output = *directory_ / "data";
  options.item_feature_paths = {file("items.csv")};
  options.user_feature_paths = {file("users.csv")};
  options.item_table.of = TableOf::kItems;
  options.user_table.of = TableOf::kUsers;
  const IngestResult result = ingest(options);
  EXPECT_EQ(result.time_kind, TimeKind::kClock);
  EXPECT_EQ(result.skipped, 0u);
  EXPECT_EQ(std::set<std::string>(result.actions.begin(), result.actions.end()),
            (std::set<std::string>{"click", "save", "contact", "purchase"}));
  const Dataset data = Dataset::open(options.output);
  EXPECT_EQ(data.num_events(), recorded(Marketplace(small_world())).actions.size());
  for (uint32_t user = 0; user < data.num_users(); ++user) {
    const auto times = data.history(UserId{user}).times;
    EXPECT_TRUE(std::is_sorted(times.begin(), times.end()));
  }
}

std::vector<LoggedList> lists_of(const std::string& path) {
  const auto reader = open_impressions({path});
  std::vector<LoggedList> lists;
  for (LoggedList list; reader->next(list);) lists.push_back(list);
  EXPECT_EQ(reader->time_kind(), TimeKind::kClock);
  EXPECT_TRUE(reader->fields().query);
  return lists;
}

TEST_F(LogFilesTest, TheImpressionReaderSeesWhatWasShown) {
  const std::vector<LoggedList> read = lists_of(file("impressions.csv"));
  std::vector<PageRecord> pages = recorded(Marketplace(small_world())).pages;
  std::erase_if(pages, [](const PageRecord& page) { return page.shown.empty(); });
  ASSERT_EQ(read.size(), pages.size());
  for (size_t i = 0; i < pages.size(); ++i) {
    const LoggedList& list = read[i];
    EXPECT_EQ(list.user, user_name(pages[i].user));
    EXPECT_EQ(list.time, pages[i].time);
    ASSERT_EQ(list.items.size(), pages[i].shown.size());
    for (size_t place = 0; place < list.items.size(); ++place) {
      const ShownItem& shown = pages[i].shown[place];
      EXPECT_EQ(list.items[place].item, item_name(shown.item));
      EXPECT_EQ(list.items[place].position, place + 1);
      std::vector<std::string> actions;
      for (size_t a = 0; a < kActions; ++a) {
        if (shown.done[a] > 0) actions.emplace_back(kActionNames[a]);
      }
      EXPECT_EQ(list.items[place].actions, actions);
    }
  }
}

TEST_F(LogFilesTest, ItemsThatComeAfterTheLogAreNotInIt) {
  const Marketplace market(small_world());
  size_t known = 0;
  for (uint32_t i = 0; i < market.catalogue().size(); ++i) {
    known += market.catalogue().item(i).born < market.log_end();
  }
  ASSERT_LT(known, market.catalogue().size());
  const auto rows = [](const std::string& path) {
    const std::string text = read_file(path);
    return static_cast<size_t>(std::count(text.begin(), text.end(), '\n')) - 1;
  };
  EXPECT_EQ(rows(file("items.csv")), known);
  EXPECT_EQ(rows(file("truth/items.csv")), market.catalogue().size());
  EXPECT_EQ(rows(file("users.csv")), market.options().users);
}

TEST_F(LogFilesTest, GzipHoldsTheSameRowsAndTheLargestTruthCanBeLeftOut) {
  const TempDir other;
  write_world(small_world(), {other / "log", ".csv.gz", false});
  EXPECT_FALSE(std::filesystem::exists(other / "log/truth/shown.csv.gz"));
  const std::vector<LoggedList> plain = lists_of(file("impressions.csv"));
  const std::vector<LoggedList> packed = lists_of(other / "log/impressions.csv.gz");
  ASSERT_EQ(plain.size(), packed.size());
  EXPECT_EQ(plain.back().items.back().item, packed.back().items.back().item);
}

}  // namespace
}  // namespace kaskad::sim
