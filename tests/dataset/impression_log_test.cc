#include "kaskad/dataset/impression_log.h"

#include <gtest/gtest.h>

#include "kaskad/core/error.h"
#include "tests/fuzz/impression_target.h"
#include "tests/temp_dir.h"

namespace kaskad {
namespace {

class ImpressionLogTest : public testing::Test {
 protected:
  ImpressionLog read(const std::string& text, ImpressionForm form = ImpressionForm::kLong) {
    return read_impression_log(directory_.write("log.csv", text), form);
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
  const ImpressionLog log = read(
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
  const ImpressionLog log = read(
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
  EXPECT_NE(error_of("request_id,user_id,item_id\nr1,ann,milk\n").find("'timestamp'"),
            std::string::npos);
  EXPECT_NE(error_of(head).find("no impressions"), std::string::npos);
}

constexpr const char* kTrivagoHead =
    "user_id,session_id,timestamp,step,action_type,reference,impressions,prices\n";

TEST_F(ImpressionLogTest, ClickOutsOfTrivagoAreLists) {
  const ImpressionLog log = read(std::string(kTrivagoHead) +
                                     "ann,s1,1541600000,1,search for poi,castle,,\n"
                                     "ann,s1,1541600010,2,clickout item,22,11|22|33,90|80|120\n",
                                 ImpressionForm::kTrivago);
  EXPECT_EQ(log.contexts, std::vector<std::string>{"price"});
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

TEST(ImpressionForms, AreNamed) {
  EXPECT_EQ(parse_impression_form("trivago"), ImpressionForm::kTrivago);
  EXPECT_THROW(parse_impression_form("wide"), Error);
}

}  // namespace
}  // namespace kaskad
