#include "kaskad/log/table_rows.h"

#include <gtest/gtest.h>

#include "tests/log/log_files.h"
#include "tests/shared_data.h"

namespace kaskad {
namespace {

using Cells = std::vector<std::vector<std::string>>;

TEST(Table, InfersTypesFromAllRows) {
  std::string text = "item_id,price,genre,tags,vector,year,zip\n";
  for (int i = 0; i < 40; ++i) {  // 40 prices, 2 years
    text += "i" + std::to_string(i) + "," + std::to_string(i * 10) + ",drama,a|b,0.5 " +
            std::to_string(i) + "," + (i % 2 ? "1999" : "2000") + ",0" + std::to_string(500 + i) +
            "\n";
  }
  const Table table = parse_table(text);
  std::vector<FieldType> types;
  for (const FieldInfo& field : table.fields) types.push_back(field.type);
  EXPECT_EQ(types, (std::vector<FieldType>{FieldType::kNumber, FieldType::kCategorical,
                                           FieldType::kMultiValued, FieldType::kVector,
                                           FieldType::kCategorical, FieldType::kCategorical}));
  EXPECT_EQ(table.fields[3].dimension, 2u);
  EXPECT_EQ(table.cells[3],
            (std::vector<std::string>{"30", "drama", "a|b", "0.5 3", "1999", "0503"}));
  EXPECT_EQ(table.line[3], 5u);
}

TEST(Table, EmptyCellsAreUnknown) {
  const Table table = parse_table("item_id,price,tags\na,1.5,x|y\nb,,\n");
  EXPECT_EQ(table.cells, (Cells{{"1.5", "x|y"}, {"nan", ""}}));
}

TEST(Table, BracketedListsAndRepeatedValues) {
  const Table table = parse_table("id,tags\n1,\"['a', 'b', 'a']\"\n2,[]\n");
  EXPECT_EQ(table.cells, (Cells{{"a|b"}, {""}}));
}

TEST(Table, StatedTypesWin) {
  TableOptions options;
  options.types["code"] = FieldType::kCategorical;
  options.types["year"] = FieldType::kNumber;
  const Table table = parse_table("item_id,code,year\na,1.5,1999\nb,2.5,2000\n", options);
  EXPECT_EQ(table.fields[0].type, FieldType::kCategorical);
  EXPECT_TRUE(table.fields[0].declared);
  EXPECT_EQ(table.cells, (Cells{{"1.5", "1999"}, {"2.5", "2000"}}));
}

TEST(Table, OnlyTheNamedFieldsAreTaken) {
  TableOptions options;
  options.fields = {"b"};
  const Table table = parse_table("item_id,a,b\n1,x,y\n", options);
  ASSERT_EQ(table.fields.size(), 1u);
  EXPECT_EQ(table.cells, (Cells{{"y"}}));
  options.fields = {"c"};
  EXPECT_EQ(error_of([&] { parse_table("item_id,a,b\n1,x,y\n", options); }),
            "items.csv: found fields 'a', 'b', expected a field 'c'");
}

TEST(Table, KeysOfUsersAndByName) {
  TableOptions options;
  options.of = TableOf::kUsers;
  EXPECT_EQ(parse_table("age,user_id\n5.5,u\n", options).key, std::vector<std::string>{"u"});
  options.key_column = "age";
  EXPECT_EQ(parse_table("age,user_id\n5.5,u\n", options).key, std::vector<std::string>{"5.5"});
  EXPECT_NE(error_of([&] { parse_table("age,user_id\n1,u\n"); }).find("--item-key"),
            std::string::npos);
  options.key_column = "name";
  EXPECT_NE(error_of([&] { parse_table("age,user_id\n1,u\n", options); }).find("--user-key"),
            std::string::npos);
}

TEST(Table, FaultsNameLineAndColumn) {
  TableOptions options;
  options.types["price"] = FieldType::kNumber;
  const std::string text = "item_id,tag,price\na,x,1\nb,y,cheap\n,z,2\nc,z,nan\nd,q,3\n";
  EXPECT_EQ(
      error_of([&] { parse_table(text, options); }),
      "items.csv, line 3, column 'price': found 'cheap', expected a finite number or an empty "
      "cell");
  options.on_error = OnError::kSkip;
  const Table table = parse_table(text, options);
  EXPECT_EQ(table.key, (std::vector<std::string>{"a", "d"}));
  EXPECT_EQ(table.cells, (Cells{{"x", "1"}, {"q", "3"}}));
  EXPECT_EQ(table.skipped.count, 3u);
}

TEST(Table, VectorsHaveOneLength) {
  TableOptions options;
  options.types["v"] = FieldType::kVector;
  EXPECT_EQ(
      error_of([&] { parse_table("item_id,v\na,1 2 3\nb,1 2\n", options); }),
      "items.csv, line 3, column 'v': found '1 2', expected 3 finite numbers, as in the first "
      "row");
}

TEST(Table, RecBoleHeadersDeclareTypes) {
  const Table table = parse_table(
      "item_id:token\tname:token\tclass:token_seq\tprice:float\tv:float_seq\n"
      "1\tToy Story\tA B\t2\t1 2 3\n",
      {}, "ml.item");
  EXPECT_EQ(table.cells, (Cells{{"Toy Story", "A|B", "2", "1 2 3"}}));
  EXPECT_EQ(table.fields[3].type, FieldType::kVector);
  EXPECT_TRUE(table.fields[3].declared);
}

TEST(Table, MovieLensTitlesAreMadeUtf8) {
  const Table table = parse_table("1::Am\xe9lie (2001)::Comedy|Romance\n", {}, "movies.dat");
  EXPECT_EQ(table.cells, (Cells{{"Am\xc3\xa9lie (2001)", "Comedy|Romance"}}));
}

TEST(Table, JsonLinesMayShowAKeyLate) {
  const Table table = parse_table(
      "{\"item_id\":1,\"tags\":[\"x\",\"y\"],\"v\":[0.5,1]}\n{\"item_id\":2,\"brand\":\"b\"}\n", {},
      "items.jsonl");
  ASSERT_EQ(table.fields.size(), 3u);
  EXPECT_EQ(table.fields[2].name, "brand");
  EXPECT_EQ(table.cells, (Cells{{"x|y", "0.5 1", ""}, {"", "nan nan", "b"}}));
}

TEST(Table, AttributesObjectHoldsAListForEachKey) {
  const Table table = parse_table("{\"4\": [1, 2],\n \"83\": [2],\n \"9\": []}", {}, "a.json");
  EXPECT_EQ(table.key, (std::vector<std::string>{"4", "83", "9"}));
  EXPECT_EQ(table.cells, (Cells{{"1|2"}, {"2"}, {""}}));
  EXPECT_EQ(table.line, (std::vector<size_t>{1, 2, 3}));
}

TEST(Table, BrokenAttributesNameTheLine) {
  EXPECT_EQ(
      error_of([] { parse_table("{\"4\": [1, 2],\n \"83\": [2", {}, "a.json"); }).find("a.json"),
      0u);
  EXPECT_NE(error_of([] {
              parse_table("{\"4\": [1, 2],\n \"83\": {}}", {}, "a.json");
            }).find("line 2, column '83': found an object"),
            std::string::npos);
}

struct RealTable {
  TableOf of;
  size_t rows, fields;
};

void expect_real(const std::string& path, const RealTable& expected) {
  TableOptions options;
  options.of = expected.of;
  const Table table = read_table(*open_table(path, options));
  EXPECT_EQ(table.key.size(), expected.rows);
  EXPECT_EQ(table.fields.size(), expected.fields);
}

TEST(RealTables, MovieLens) {
  KASKAD_SHARED_FILE(movies, "ml-1m/movies.dat");
  expect_real(movies, {TableOf::kItems, 3'883, 2});
  expect_real(shared_data("ml-1m/users.dat"), {TableOf::kUsers, 6'040, 4});
}

TEST(RealTables, RecBole) {
  KASKAD_SHARED_FILE(items, "ml-100k/ml-100k.item");
  expect_real(items, {TableOf::kItems, 1'682, 3});
  expect_real(shared_data("ml-100k/ml-100k.user"), {TableOf::kUsers, 943, 4});
}

TEST(RealTables, S3RecAttributes) {
  KASKAD_SHARED_FILE(path, "s3rec-beauty/Beauty_item2attributes.json");
  expect_real(path, {TableOf::kItems, 12'101, 1});
}

}  // namespace
}  // namespace kaskad
