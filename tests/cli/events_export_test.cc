// What a store keeps of live events comes back as a log.
#include "kaskad/dataset/dataset.h"
#include "kaskad/state/rocks_store.h"
#include "tests/cli/program.h"

namespace kaskad {
namespace {

TEST(EventsExport, TheLogIsIngestedAgain) {
  const TempDir directory;
  {
    const auto store = open_rocks_store(directory / "state" + "/store");
    store->append(std::vector<LiveEvent>{
        {.user_id = "u,1", .item_id = "i\"2\"", .action = "click", .time = 1'600'000'002'000},
        {.user_id = "u,1", .item_id = "i1", .time = 1'600'000'001'000, .weight = 2.5},
        {.user_id = "gone", .item_id = "i1", .time = 1'600'000'001'500},
        {.user_id = "v",
         .item_id = "i1",
         .action = "buy",
         .query = "red shoes",
         .request_id = "7",
         .time = 1'600'000'003'000}});
    store->erase_user("gone", 1'600'000'003'000);
  }
  EXPECT_EQ(
      run_in(directory, {"events", "export", "state", "-o", "live.csv", "--json"}).json()["events"],
      3);
  EXPECT_EQ(read_file(directory / "live.csv"),
            "user_id,item_id,timestamp,action,weight,query,request_id\n"
            "\"u,1\",i1,1600000001000,,2.5,,\n"
            "\"u,1\",\"i\"\"2\"\"\",1600000002000,click,1,,\n"
            "v,i1,1600000003000,buy,1,red shoes,7\n");
  run_in(directory, {"ingest", "live.csv", "-o", "data"});
  const Dataset dataset = Dataset::open(directory / "data");
  EXPECT_EQ(dataset.num_users(), 2U);
  EXPECT_EQ(dataset.num_items(), 2U);
  EXPECT_EQ(dataset.num_events(), 3U);
}

TEST(EventsExport, WhatIsLeftOutStaysInTheStore) {
  const TempDir directory;
  {
    const auto store = open_rocks_store(directory / "state" + "/store");
    store->append(std::vector<LiveEvent>{
        {.user_id = "u", .item_id = "old", .time = 1'600'000'000'000},
        {.user_id = "u", .item_id = "new", .time = 1'600'000'000'000 + 3 * 86'400'000}});
  }
  const auto count = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words = {"events", "export", "state", "-o", "live.csv", "--json"};
    words.insert(words.end(), more.begin(), more.end());
    return run_in(directory, words).json()["events"];
  };
  EXPECT_EQ(count({"--events-days", "2"}), 1);
  EXPECT_EQ(count({}), 2);
}

TEST(EventsExport, SaysWhereThereIsNoStore) {
  const TempDir directory;
  const Ended ended = kaskad_in(directory, {"events", "export", "stat", "-o", "live.csv"});
  EXPECT_NE(ended.status, 0);
  EXPECT_NE(ended.error.find("found no 'stat/store', expected the directory of"), std::string::npos)
      << ended.error;
}

}  // namespace
}  // namespace kaskad
