#include "kaskad/dataset/impression_log.h"

#include <gtest/gtest.h>

#include "kaskad/core/error.h"
#include "tests/fuzz/impression_target.h"
#include "tests/shared_data.h"
#include "tests/temp_dir.h"

namespace kaskad {
namespace {

struct Read {
  TimeKind time_kind;
  ImpressionFields fields;
  std::vector<LoggedList> lists;
};

class ImpressionLogTest : public testing::Test {
 protected:
  Read read(const std::string& text, ImpressionForm form = ImpressionForm::kLong) {
    ImpressionOptions options;
    options.form = form;
    return read_files({directory_.write("log.csv", text)}, options);
  }
  Read read_files(const std::vector<std::string>& paths, const ImpressionOptions& options) {
    const auto reader = open_impressions(paths, options);
    Read log;
    for (LoggedList list; reader->next(list);) log.lists.push_back(std::move(list));
    log.time_kind = reader->time_kind();
    log.fields = reader->fields();
    return log;
  }
  std::string error_of(const std::string& text, ImpressionForm form = ImpressionForm::kLong) {
    try {
      read(text, form);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

  TempDir directory_;
};

TEST_F(ImpressionLogTest, LongRowsAreGatheredByRequest) {
  const Read log = read(
      "request_id,user_id,item_id,position,action,timestamp\n"
      "r1,ann,milk,1,,1600000000\n"
      "r2,bob,beer,1,click,1600000100\n"
      "r1,ann,beer,2,click,1600000000\n"
      "r1,ann,beer,2,buy,1600000000\n");
  EXPECT_EQ(log.time_kind, TimeKind::kClock);
  ASSERT_EQ(log.lists.size(), 2u);
  const LoggedList& first = log.lists[0];
  EXPECT_EQ(first.user, "ann");
  EXPECT_EQ(first.time, 1'600'000'000'000);
  ASSERT_EQ(first.items.size(), 2u);
  EXPECT_TRUE(first.items[0].actions.empty());
  EXPECT_EQ(first.items[1].position, 2u);
  EXPECT_EQ(first.items[1].actions, (std::vector<std::string>{"click", "buy"}));
}

TEST_F(ImpressionLogTest, PlaceAndActionMayBeMissing) {
  const Read log = read(
      "request_id\tuser_id\titem_id\ttimestamp\n"
      "r1\tann\tmilk\t1600000000\n");
  EXPECT_EQ(log.lists[0].items[0].position, 0u);
}

TEST_F(ImpressionLogTest, FaultsNameLineAndColumn) {
  const std::string head = "request_id,user_id,item_id,position,action,timestamp\n";
  const auto expect = [&](const std::string& row, const std::string& column) {
    const std::string error = error_of(head + "r1,ann,milk,1,,1600000000\n" + row);
    EXPECT_NE(error.find("line 3"), std::string::npos) << error;
    EXPECT_NE(error.find("'" + column + "'"), std::string::npos) << error;
  };
  expect("r1,ann,,2,,1600000000\n", "item_id");
  expect("r1,ann,beer,first,,1600000000\n", "position");
  expect("r1,ann,beer,0,,1600000000\n", "position");
  expect("r1,ann,beer,2,,soon\n", "timestamp");
  expect("r1,bob,beer,2,,1600000000\n", "user_id");
  expect("r1,ann,beer,2,,1600000001\n", "timestamp");
  EXPECT_NE(error_of("user_id,item_id,timestamp\nann,milk,1\n").find("--request-column"),
            std::string::npos);
  EXPECT_NE(error_of(head).find("no impressions"), std::string::npos);
}

TEST_F(ImpressionLogTest, OneRequestMayHaveSeveralQueries) {
  const Read log = read(
      "request_id,query,item_id,timestamp\n"
      "s1,milk,m1,1600000000\n"
      "s1,beer,b1,1600000000\n"
      "s1,milk,m2,1600000000\n"
      "s2,,m1,1600000000\n");
  EXPECT_TRUE(log.fields.query);
  EXPECT_FALSE(log.fields.user);
  ASSERT_EQ(log.lists.size(), 3u);
  EXPECT_EQ(log.lists[0].query, "milk");
  EXPECT_EQ(log.lists[0].items.size(), 2u);
  EXPECT_EQ(log.lists[1].query, "beer");
  EXPECT_EQ(log.lists[2].query, "");
  EXPECT_EQ(log.lists[2].user, "");
}

// As in retrotech-search: sessions without user and time, places from 0 that were floats once, and
// a column that says whether there was a click.
TEST_F(ImpressionLogTest, ColumnsAreNamedByOptions) {
  ImpressionOptions options;
  options.columns = {.request = "sess_id", .item = "clicked_doc_id", .action = "clicked"};
  options.first_position = 0;
  const std::string path = directory_.write("log.csv",
                                            "sess_id,query,rank,clicked_doc_id,clicked\n"
                                            "7,nook,0.0,111,False\n"
                                            "7,nook,1.0,222,True\n"
                                            "8,nook,0.0,111,True\n");
  const Read log = read_files({path}, options);
  EXPECT_FALSE(log.fields.time);
  EXPECT_FALSE(log.fields.user);  // sess_id, which would do, is the request
  EXPECT_EQ(log.time_kind, TimeKind::kOrder);
  EXPECT_EQ(log.fields.description, "sess_id, clicked_doc_id, query, rank, clicked");
  ASSERT_EQ(log.lists.size(), 2u);
  EXPECT_EQ(log.lists[1].time, 1);
  ASSERT_EQ(log.lists[0].items.size(), 2u);
  EXPECT_EQ(log.lists[0].items[0].position, 1u);
  EXPECT_TRUE(log.lists[0].items[0].actions.empty());
  EXPECT_EQ(log.lists[0].items[1].position, 2u);
  EXPECT_EQ(log.lists[0].items[1].actions, std::vector<std::string>{"clicked"});
  options.columns.query = "none";
  EXPECT_FALSE(read_files({path}, options).fields.query);
}

TEST_F(ImpressionLogTest, FilesAreOneLog) {
  const std::string head = "request_id,item_id,timestamp\n";
  const std::string one = directory_.write("1.csv", head + "r1,milk,1600000000\n");
  const std::string two =
      directory_.write("2.csv", head + "r1,beer,1600000000\nr2,tea,1600000001\n");
  const Read log = read_files({one, two}, {});
  ASSERT_EQ(log.lists.size(), 2u);
  EXPECT_EQ(log.lists[0].items.size(), 2u);
  const std::string other = directory_.write("3.csv", "request_id,item_id\nr3,milk\n");
  EXPECT_THROW(read_files({one, other}, {}), Error);
}

// Two requests are held while their rows come in: r1 is given away when r3 begins.
TEST_F(ImpressionLogTest, RowsOfARequestMayMingleButNotFarApart) {
  ImpressionOptions options;
  options.open_requests = 2;
  const std::string head = "request_id,item_id,timestamp\nr1,a,1\nr2,a,2\n";
  const std::string near = directory_.write("near.csv", head + "r1,b,1\nr3,a,3\n");
  EXPECT_EQ(read_files({near}, options).lists[0].items.size(), 2u);
  const std::string far = directory_.write("far.csv", head + "r3,a,3\nr1,b,1\n");
  try {
    read_files({far}, options);
    FAIL() << "expected an Error";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("line 5"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("sort the file"), std::string::npos) << error.what();
  }
}

constexpr const char* kTrivagoHead =
    "user_id,session_id,timestamp,step,action_type,reference,impressions,prices\n";

TEST_F(ImpressionLogTest, ClickOutsOfTrivagoAreLists) {
  const Read log = read(std::string(kTrivagoHead) +
                            "ann,s1,1541600000,1,search for poi,castle,,\n"
                            "ann,s1,1541600010,2,clickout item,22,11|22|33,90|80|120\n",
                        ImpressionForm::kTrivago);
  EXPECT_EQ(log.fields.contexts, std::vector<std::string>{"price"});
  ASSERT_EQ(log.lists.size(), 1u);
  const LoggedList& list = log.lists[0];
  EXPECT_EQ(list.user, "ann");
  EXPECT_EQ(list.time, 1'541'600'010'000);
  ASSERT_EQ(list.items.size(), 3u);
  EXPECT_EQ(list.items[1].position, 2u);
  EXPECT_EQ(list.items[1].actions, std::vector<std::string>{"clickout item"});
  EXPECT_TRUE(list.items[2].actions.empty());
  EXPECT_EQ(list.items[2].context, std::vector<float>{120});
}

TEST_F(ImpressionLogTest, TheCityOfTrivagoIsTheQuery) {
  const Read log = read(
      "user_id,session_id,timestamp,step,action_type,reference,city,impressions,prices\n"
      "ann,s1,1541600010,2,clickout item,22,\"Rome, Italy\",11|22,90|80\n",
      ImpressionForm::kTrivago);
  EXPECT_EQ(log.lists[0].query, "Rome, Italy");
}

TEST_F(ImpressionLogTest, PricesMustFitTheImpressions) {
  const auto error = [&](const std::string& lists) {
    return error_of(kTrivagoHead + ("ann,s1,1541600010,2,clickout item,22," + lists + "\n"),
                    ImpressionForm::kTrivago);
  };
  EXPECT_NE(error("11|22|33,90|80").find("3 prices"), std::string::npos);
  EXPECT_NE(error("11|22,90|cheap").find("'prices'"), std::string::npos);
  EXPECT_NE(error("11|22,90|inf").find("finite"), std::string::npos);
}

TEST_F(ImpressionLogTest, AnyBytesEndInListsOrInAnError) {
  for (const std::string text :
       {"", "request_id", "request_id,user_id,item_id,timestamp\n,,,\n", "\x1f|\n\xff,\"",
        "request_id,user_id,item_id,timestamp,position\nr,u,i,1,4294967296\n",
        "{\"request_id\": [1], \"user_id\": {}, \"item_id\": \"i\", \"timestamp\": 1e99}\n",
        "user_id,session_id,timestamp,step,action_type,reference,impressions,prices\n"
        "a,s,1541600010,1,clickout item,1,|||,|||\n"}) {
    fuzz::impressions(text);
  }
}

// 5,000 sessions of 30 results, one of them twice in each, 2,324 clicks among them, counted from
// the file by other means.
TEST_F(ImpressionLogTest, RealSearchSessions) {
  KASKAD_SHARED_FILE(path, "retrotech-search/nook_sessions.gz");
  ImpressionOptions options;
  options.columns = {.request = "sess_id", .item = "clicked_doc_id", .action = "clicked"};
  options.first_position = 0;
  const Read log = read_files({path}, options);
  ASSERT_EQ(log.lists.size(), 5000u);
  size_t rows = 0, clicks = 0;
  for (const LoggedList& list : log.lists) {
    EXPECT_EQ(list.query, "nook");
    rows += list.items.size();
    for (const LoggedItem& item : list.items) clicks += item.actions.size();
  }
  EXPECT_EQ(rows, 5000u * 29);
  EXPECT_EQ(clicks, 2'324u);
  EXPECT_EQ(log.lists[0].items[0].item, "9780594033936");
  EXPECT_EQ(log.lists[0].items[0].position, 1u);
}

TEST_F(ImpressionLogTest, RealClickOutsHaveTheirCityAsQuery) {
  KASKAD_SHARED_FILE(path, "trivago-search/trivago_val_100k.parquet");
  ImpressionOptions options;
  options.form = ImpressionForm::kTrivago;
  const Read log = read_files({path}, options);
  EXPECT_TRUE(log.fields.query);
  EXPECT_EQ(log.lists.size(), 13'597u);
  EXPECT_FALSE(log.lists[0].query.empty());
}

TEST(ImpressionForms, AreNamed) {
  EXPECT_EQ(parse_impression_form("trivago"), ImpressionForm::kTrivago);
  EXPECT_THROW(parse_impression_form("wide"), Error);
}

}  // namespace
}  // namespace kaskad
