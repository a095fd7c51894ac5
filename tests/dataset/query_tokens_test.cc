#include "kaskad/dataset/query_tokens.h"

#include <gtest/gtest.h>

namespace kaskad {
namespace {

using Tokens = std::vector<std::string>;

TEST(QueryTokens, AreWordsInLowerCaseEachOnce) {
  EXPECT_EQ(query_tokens("Star-Wars IV star"), (Tokens{"star", "wars", "iv"}));
  EXPECT_EQ(query_tokens("  32\" lcd/tv! "), (Tokens{"32", "lcd", "tv"}));
  EXPECT_EQ(query_tokens(""), Tokens());
  EXPECT_EQ(query_tokens("- !"), Tokens());
}

TEST(QueryTokens, OtherAlphabetsStayAsTheyAre) {
  EXPECT_EQ(query_tokens("caf\xc3\xa9 Z\xc3\xbcrich"), (Tokens{"caf\xc3\xa9", "z\xc3\xbcrich"}));
}

TEST(QueryTokens, AreLimited) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += std::to_string(i) + " ";
  EXPECT_EQ(query_tokens(text).size(), kMostQueryTokens);
}

}  // namespace
}  // namespace kaskad
