#include "kaskad/cascade/rule.h"

#include <gtest/gtest.h>

#include "kaskad/core/error.h"
#include "kaskad/dataset/feature_files.h"
#include "tests/cascade/shop.h"
#include "tests/fuzz/rule_target.h"

namespace kaskad {
namespace {

// The numbers of the shop's items for which the rule holds.
std::string holding(const std::string& text) {
  const FeatureColumns columns = shop_features();
  const FeatureTable table = table_of(columns, 10);
  const std::vector<uint8_t> holds = Rule::parse(text).evaluate(table);
  std::string found;
  for (size_t i = 0; i < holds.size(); ++i) {
    if (holds[i]) found += std::to_string(i);
  }
  return found;
}

std::string rule_fault(const std::string& text) {
  try {
    holding(text);
  } catch (const Error& error) {
    return error.what();
  }
  return "none";
}

TEST(Rule, ComparesTextsWithAnyOfTheValues) {
  EXPECT_EQ(holding(R"(category == "books")"), "0246");
  EXPECT_EQ(holding(R"(category == 'toys')"), "134579");
  EXPECT_EQ(holding(R"(category != "books")"), "135789");  // not: none of its values is
  EXPECT_EQ(holding(R"(category in ["toys", "games"])"), "134579");
  EXPECT_EQ(holding(R"(category not in ["toys"])"), "0268");
  EXPECT_EQ(holding(R"(category == "no such value")"), "");
}

TEST(Rule, ComparesNumbers) {
  EXPECT_EQ(holding("price < 20"), "01");
  EXPECT_EQ(holding("price <= 20"), "012");
  EXPECT_EQ(holding("price > 7.5e1"), "8");
  EXPECT_EQ(holding("price >= 70"), "78");
  EXPECT_EQ(holding("price == 30"), "3");
  EXPECT_EQ(holding("price in [10, 30, -1]"), "13");
  EXPECT_EQ(holding("price != 30"), "012456789");
}

TEST(Rule, WhatIsNotKnownComparesAsFalse) {
  EXPECT_EQ(holding("price >= 0"), "012345678");
  EXPECT_EQ(holding("not price < 1000"), "9");
  EXPECT_EQ(holding("known(price)"), "012345678");
  EXPECT_EQ(holding("not known ( category )"), "8");
  EXPECT_FALSE(Rule::parse("price > 1").of_unknown());
  EXPECT_TRUE(Rule::parse("price != 1 and not known(category)").of_unknown());
}

TEST(Rule, AndBindsCloserThanOrAndNotClosest) {
  EXPECT_EQ(holding(R"(category == "books" and price < 20 or price == 70)"), "07");
  EXPECT_EQ(holding(R"(category == "books" and (price < 20 or price == 60))"), "06");
  EXPECT_EQ(holding(R"(not category == "books" and price < 20)"), "1");
  EXPECT_EQ(holding(R"(not not price < 20)"), "01");
  EXPECT_EQ(holding("(((price<20)))"), "01");
  EXPECT_EQ(holding("`price` < 20"), "01");
}

TEST(Rule, FaultsNameTheColumn) {
  EXPECT_EQ(rule_fault(""),
            "column 1: found the end, expected the name of a feature, 'not' or '('");
  EXPECT_EQ(rule_fault("price <"), "column 8: found the end, expected a number");
  EXPECT_EQ(rule_fault("price = 20"),
            "column 7: found '=', expected one of: ==, !=, <, <=, >, >=, in, not in");
  EXPECT_EQ(rule_fault("price < \"20\""), "column 9: found \"20\", expected a number");
  EXPECT_EQ(rule_fault("(price < 20"), "column 12: found the end, expected ')'");
  EXPECT_EQ(rule_fault("price < 20 price"),
            "column 12: found 'price', expected 'and', 'or' or the end");
  EXPECT_EQ(rule_fault("category == \"books"), "column 13: found \"books\", expected a closing \"");
  EXPECT_EQ(rule_fault("category in [\"a\", 3]"),
            "column 19: found '3', expected a text in quotes");
  EXPECT_EQ(rule_fault("pricee < 3 and price < 4"),
            "column 1: found the unknown feature 'pricee', expected one of: category, price, "
            "appeared, vector; did you mean 'price'?");
  EXPECT_EQ(
      rule_fault("known(price) and price == \"x\""),
      "column 18: found 'price' compared with a text, expected a number: that is what it holds");
  EXPECT_EQ(rule_fault("category == 3"),
            "column 1: found 'category' compared with a number, expected a text in quotes: its "
            "values are texts");
  EXPECT_EQ(rule_fault("vector < 3"),
            "column 1: found 'vector' compared with a number, expected a feature of one number: it "
            "has 2");
  EXPECT_EQ(rule_fault(std::string(200, '(')),
            "column 101: found '(', expected at most 100 brackets and 'not' in each other");
}

TEST(Rule, NamesItsFeatures) {
  EXPECT_EQ(Rule::parse("b < 1 and (a == \"x\" or not b > 3)").features(),
            (std::vector<std::string>{"b", "a"}));
}

TEST(Rule, AnyBytesAreARuleOrAnError) {
  for (const char* text :
       {"", "not", "((((", "a in [", "a in [1,", "\"", "`", "a==\"\\", "a<-", "a<1e999", "known(",
        "known", "a\0b", "\xff\xff", "a != !=", "a not b"}) {
    EXPECT_NO_THROW(fuzz::rule(text)) << text;
  }
}

}  // namespace
}  // namespace kaskad
