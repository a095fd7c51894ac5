#include "kaskad/dataset/feature_schema.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "kaskad/dataset/feature_files.h"
#include "tests/dataset/messages.h"

namespace kaskad {
namespace {

// Two users: of the first a city, two tags and an age are known, of the second a tag alone.
FeatureColumns two_users() {
  FeatureColumns columns;
  columns.categorical.push_back({"city", {"oslo", "rome"}, {0, 1, 1}, {1}});
  columns.categorical.push_back({"tags", {"a", "b", "c"}, {0, 2, 3}, {0, 2, 1}});
  columns.dense.push_back({"age", 1, {30, NAN}});
  columns.dense.push_back({"taste", 2, {1, 2, NAN, NAN}});
  return columns;
}

std::vector<int64_t> codes_of(const FeatureSchema& schema, const FeatureTable& table, size_t row) {
  std::vector<int64_t> codes;
  schema.append_codes({&table, row}, codes);
  return codes;
}

std::vector<float> numbers_of(const FeatureSchema& schema, const FeatureRow& row) {
  std::vector<float> numbers(schema.num_numbers());
  schema.write_numbers(row, numbers);
  return numbers;
}

TEST(FeatureSchema, ColumnsShareOneRangeOfCodes) {
  const FeatureColumns columns = two_users();
  const FeatureTable table = table_of(columns, 2);
  const FeatureSchema schema = FeatureSchema::of(table);
  EXPECT_EQ(schema.num_codes(), 6U);  // nothing, oslo, rome, a, b, c
  EXPECT_EQ(codes_of(schema, table, 0), (std::vector<int64_t>{2, 3, 5}));
  EXPECT_EQ(codes_of(schema, table, 1), (std::vector<int64_t>{4}));
}

TEST(FeatureSchema, NumbersStandSideBySide) {
  const FeatureColumns columns = two_users();
  const FeatureTable table = table_of(columns, 2);
  const FeatureSchema schema = FeatureSchema::of(table);
  EXPECT_EQ(numbers_of(schema, {&table, 0}), (std::vector<float>{30, 1, 2}));
  for (const float number : numbers_of(schema, {&table, 1})) EXPECT_TRUE(std::isnan(number));
}

TEST(FeatureSchema, NothingIsKnownWithoutARow) {
  const FeatureColumns columns = two_users();
  const FeatureSchema schema = FeatureSchema::of(table_of(columns, 2));
  std::vector<int64_t> codes;
  schema.append_codes({}, codes);
  EXPECT_TRUE(codes.empty());
  for (const float number : numbers_of(schema, {})) EXPECT_TRUE(std::isnan(number));
}

TEST(FeatureSchema, AnotherTablesColumnsAndValuesAreFoundByName) {
  const FeatureColumns columns = two_users();
  const FeatureSchema schema = FeatureSchema::of(table_of(columns, 2));
  FeatureColumns other;
  other.dense.push_back({"taste", 2, {7, 8}});
  other.categorical.push_back({"tags", {"new", "c", "a"}, {0, 3}, {0, 1, 2}});
  other.categorical.push_back({"colour", {"red"}, {0, 1}, {0}});
  const FeatureTable table = table_of(other, 1);
  EXPECT_EQ(codes_of(schema, table, 0), (std::vector<int64_t>{5, 3}));  // c, a
  const std::vector<float> numbers = numbers_of(schema, {&table, 0});
  EXPECT_TRUE(std::isnan(numbers[0]));  // no age
  EXPECT_EQ(numbers[1], 7);
  EXPECT_EQ(numbers[2], 8);
}

TEST(FeatureSchema, RefusesAColumnOfAnotherDimension) {
  const FeatureColumns columns = two_users();
  const FeatureSchema schema = FeatureSchema::of(table_of(columns, 2));
  FeatureColumns other;
  other.dense.push_back({"taste", 3, {7, 8, 9}});
  const FeatureTable table = table_of(other, 1);
  EXPECT_EQ(message_of([&] { numbers_of(schema, {&table, 0}); }),
            "the feature 'taste': found 3 numbers, expected 2 as the model was trained with");
}

TEST(FeatureSchema, IsTheSameAfterJson) {
  const FeatureColumns columns = two_users();
  const FeatureTable table = table_of(columns, 2);
  const nlohmann::json json = FeatureSchema::of(table);
  const auto again = json.get<FeatureSchema>();
  EXPECT_EQ(nlohmann::json(again), json);
  EXPECT_EQ(codes_of(again, table, 0), (std::vector<int64_t>{2, 3, 5}));
  EXPECT_EQ(again.find("age")->dimension, 1U);
  EXPECT_EQ(again.find("nothing"), nullptr);
}

TEST(FeatureSchema, RefusesJsonThatIsNone) {
  const auto reading = [](const char* text) {
    return message_of([&] { nlohmann::json::parse(text).get<FeatureSchema>(); });
  };
  EXPECT_EQ(reading(R"({"a": 1})"),
            R"(a feature schema: found {"a":1}, expected a list of columns)");
  EXPECT_EQ(
      reading(R"([{"name": "a"}])"),
      R"(a feature schema: found {"name":"a"}, expected {name, values} or {name, dimension})");
  EXPECT_EQ(reading(R"([{"name": "a", "values": [1]}])"),
            "a feature schema, column 'a': found the value 1, expected a text");
}

TEST(FeatureFiles, ATableIsTheSameAsItsColumns) {
  const FeatureColumns columns = two_users();
  const FeatureTable table = table_of(columns, 2);
  const FeatureColumns again = columns_of(table);
  ASSERT_EQ(again.categorical.size(), 2U);
  EXPECT_EQ(again.categorical[1].names, columns.categorical[1].names);
  EXPECT_EQ(again.categorical[1].codes, columns.categorical[1].codes);
  EXPECT_EQ(again.categorical[1].offsets, columns.categorical[1].offsets);
  ASSERT_EQ(again.dense.size(), 2U);
  EXPECT_EQ(again.dense[1].dimension, 2U);
  EXPECT_EQ(again.dense[1].values[1], 2);
}

}  // namespace
}  // namespace kaskad
