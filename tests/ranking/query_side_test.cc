#include "kaskad/ranking/query_side.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/model/colour_log.h"

namespace kaskad {
namespace {

// Lists of nothing but a query each.
Impressions queries_of(const TempDir& directory, const std::vector<std::string>& asked) {
  std::vector<std::string_view> texts(asked.begin(), asked.end());
  ImpressionWriter writer(1, 0);
  const uint32_t missed = 0;
  for (uint32_t q = 0; q < asked.size(); ++q) {
    ImpressionList list{kNoUser, 0, 0, {&missed, 1}, {}, {}, {}, {}, {}, {}};
    list.query = QueryId{q};
    writer.append(list);
  }
  ImpressionFacts facts;
  facts.heads = {"next"};
  facts.dataset_hash = colour_log().log.data.hash();
  writer.finish(directory.path(), std::vector<uint32_t>(kColourUsers, 0), facts, texts);
  return Impressions::open(directory.path());
}

QueryInputs inputs_of(const QuerySide& side, std::string_view query, UserId user = kNoUser) {
  RankRequest request;
  request.query = query;
  request.user = user;
  QueryInputs out;
  side.write(request, out);
  return out;
}

TEST(QuerySide, WordsAndQueriesAreLookedUp) {
  const TempDir directory;
  QuerySideOptions options;
  options.min_lists = 2;
  const QuerySide side = QuerySide::learn(
      colour_log().log.data, queries_of(directory, {"Red shoes", "red-shoes", "blue"}), options);
  EXPECT_EQ(side.token_rows(), kFirstQueryToken + 3);  // blue, red, shoes
  EXPECT_EQ(side.query_rows(), kFirstQuery + 1);       // "red shoes" was asked twice
  const QueryInputs known = inputs_of(side, "RED shoes");
  EXPECT_EQ(known.tokens, (std::vector<int64_t>{kFirstQueryToken + 1, kFirstQueryToken + 2}));
  EXPECT_EQ(known.query, kFirstQuery);
  const QueryInputs rare = inputs_of(side, "blue green");
  EXPECT_EQ(rare.tokens, (std::vector<int64_t>{kFirstQueryToken, kUnknownQueryToken}));
  EXPECT_EQ(rare.query, kUnknownQuery);
  EXPECT_EQ(inputs_of(side, "").tokens, std::vector<int64_t>{kNoQueryToken});
  EXPECT_EQ(inputs_of(side, "?!").tokens, std::vector<int64_t>{kNoQueryToken});
}

TEST(QuerySide, UsersAreTheirFeaturesAndStrangersNothing) {
  const TempDir directory;
  const QuerySide side =
      QuerySide::learn(colour_log().log.data, queries_of(directory, {"red"}), {});
  EXPECT_EQ(inputs_of(side, "", UserId{4}).user_codes, std::vector<int64_t>{1 + 4 % 3});
  EXPECT_EQ(inputs_of(side, "", kNoUser).user_codes, std::vector<int64_t>{0});
  EXPECT_EQ(inputs_of(side, "", UserId{1'000'000}).user_codes, std::vector<int64_t>{0});
}

TEST(QuerySide, SavedAndLoadedWritesTheSame) {
  const TempDir lists, directory;
  const QuerySide side = QuerySide::learn(
      colour_log().log.data, queries_of(lists, {"red shoes", "blue"}), {.min_lists = 1});
  side.save(directory.path());
  const QuerySide loaded = QuerySide::load(directory.path());
  for (const char* query : {"red shoes", "blue", "green", ""}) {
    const QueryInputs a = inputs_of(side, query, UserId{7}),
                      b = inputs_of(loaded, query, UserId{7});
    EXPECT_EQ(a.tokens, b.tokens);
    EXPECT_EQ(a.query, b.query);
    EXPECT_EQ(a.user_codes, b.user_codes);
  }
}

}  // namespace
}  // namespace kaskad
