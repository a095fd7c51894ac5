#include <arrow/api.h>
#include <arrow/io/file.h>
#include <gtest/gtest.h>
#include <parquet/arrow/writer.h>

#include "kaskad/core/file.h"
#include "tests/log/log_files.h"
#include "tests/shared_data.h"

namespace kaskad {
namespace {

using Columns =
    std::vector<std::pair<std::shared_ptr<arrow::Field>, std::shared_ptr<arrow::Array>>>;

template <class Builder, class Value>
std::shared_ptr<arrow::Array> array(std::shared_ptr<Builder> builder,
                                    const std::vector<std::optional<Value>>& values) {
  for (const auto& value : values) {
    EXPECT_TRUE((value ? builder->Append(*value) : builder->AppendNull()).ok());
  }
  return builder->Finish().ValueOrDie();
}

std::shared_ptr<arrow::Array> texts(const std::vector<std::optional<std::string>>& values) {
  return array(std::make_shared<arrow::StringBuilder>(), values);
}

std::shared_ptr<arrow::Array> whole(const std::vector<std::optional<int64_t>>& values) {
  return array(std::make_shared<arrow::Int64Builder>(), values);
}

std::shared_ptr<arrow::Array> times(const std::vector<std::optional<int64_t>>& values,
                                    arrow::TimeUnit::type unit) {
  return array(std::make_shared<arrow::TimestampBuilder>(arrow::timestamp(unit),
                                                         arrow::default_memory_pool()),
               values);
}

std::string write_parquet(const TempDir& folder, const Columns& columns) {
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  for (const auto& [field, values] : columns) {
    fields.push_back(field);
    arrays.push_back(values);
  }
  const auto table = arrow::Table::Make(arrow::schema(fields), arrays);
  const std::string path = folder / "log.parquet";
  const auto file = arrow::io::FileOutputStream::Open(path).ValueOrDie();
  EXPECT_TRUE(
      parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), file, /*chunk_size=*/2)
          .ok());
  EXPECT_TRUE(file->Close().ok());
  return path;
}

TEST(Parquet, ReadsIdsOfAnyTypeAndTimestamps) {
  const TempDir folder;
  const std::string path = write_parquet(
      folder, {{arrow::field("x", arrow::utf8()), texts({"a", "b", "c"})},
               {arrow::field("item_id", arrow::utf8()), texts({"i1", "i2", "i3"})},
               {arrow::field("user_id", arrow::int64()), whole({7, -8, 9})},
               {arrow::field("timestamp", arrow::timestamp(arrow::TimeUnit::MICRO)),
                times({978'300'760'123'456, 978'300'761'000'000, 0}, arrow::TimeUnit::MICRO)}});
  const Log log = read_log(path);
  EXPECT_EQ(log.user, (std::vector<std::string>{"7", "-8", "9"}));
  EXPECT_EQ(log.item, (std::vector<std::string>{"i1", "i2", "i3"}));
  // The type says that it is a clock, so that 0 is 1970 and no mixture.
  EXPECT_EQ(log.time, (std::vector<int64_t>{978'300'760'123, 978'300'761'000, 0}));
  EXPECT_EQ(log.kind, TimeKind::kClock);
}

TEST(Parquet, WholeNumbersOfTimeAreSizedLikeInText) {
  const TempDir folder;
  const Log log =
      read_log(write_parquet(folder, {{arrow::field("user", arrow::int64()), whole({1})},
                                      {arrow::field("item", arrow::int64()), whole({2})},
                                      {arrow::field("ts", arrow::int64()), whole({978'300'760})}}));
  EXPECT_EQ(log.time, std::vector<int64_t>{978'300'760'000});
}

TEST(Parquet, NullIdsNameTheRow) {
  const TempDir folder;
  const std::string path =
      write_parquet(folder, {{arrow::field("user", arrow::int64()), whole({1, 2, {}})},
                             {arrow::field("item", arrow::utf8()), texts({"a", "b", "c"})}});
  EXPECT_EQ(error_of([&] { read_log(path); }),
            path + ", line 3, column 'user': found an empty cell, expected an id");
}

TEST(Parquet, BytesThatAreNoTextNameTheRow) {
  const TempDir folder;
  const std::string path =
      write_parquet(folder, {{arrow::field("user", arrow::int64()), whole({1, 2, 3})},
                             {arrow::field("item", arrow::utf8()), texts({"a", "b\xff", "c"})}});
  EXPECT_EQ(error_of([&] { read_log(path); }).find(path + ", line 2, column 'item': found bytes"),
            0u);
  LogOptions options;
  options.on_error = OnError::kSkip;
  const Log log = read_log(path, options);
  EXPECT_EQ(log.item, (std::vector<std::string>{"a", "c"}));
  EXPECT_EQ(log.skipped.count, 1u);
}

TEST(Parquet, CutOffAnywhereIsAnError) {
  const TempDir folder;
  const std::string path =
      write_parquet(folder, {{arrow::field("user", arrow::int64()), whole({1, 2, 3})},
                             {arrow::field("item", arrow::int64()), whole({4, 5, 6})}});
  const std::string bytes = read_file(path);
  for (size_t cut = 4; cut < bytes.size(); cut += 7) {
    const std::string part = folder.write("part.parquet", bytes.substr(0, cut));
    EXPECT_EQ(error_of([&] { read_log(part); }).find(part + ": found damaged"), 0u) << cut;
  }
}

TEST(Parquet, ListsAreNoIds) {
  const TempDir folder;
  auto builder = std::make_shared<arrow::ListBuilder>(arrow::default_memory_pool(),
                                                      std::make_shared<arrow::Int64Builder>());
  ASSERT_TRUE(builder->Append().ok());
  const std::string path = write_parquet(
      folder,
      {{arrow::field("user", arrow::int64()), whole({1})},
       {arrow::field("item", arrow::list(arrow::int64())), builder->Finish().ValueOrDie()}});
  EXPECT_NE(error_of([&] { read_log(path); }).find("the Parquet type list<"), std::string::npos);
}

TEST(Parquet, FloatListsAreVectorsAndTextListsAreMultiValued) {
  const TempDir folder;
  auto floats = std::make_shared<arrow::FloatBuilder>();
  arrow::ListBuilder vectors(arrow::default_memory_pool(), floats);
  auto words = std::make_shared<arrow::StringBuilder>();
  arrow::ListBuilder genres(arrow::default_memory_pool(), words);
  ASSERT_TRUE(vectors.Append().ok() && floats->AppendValues({0.5f, 2}).ok());
  ASSERT_TRUE(vectors.AppendNull().ok());
  ASSERT_TRUE(genres.Append().ok() && words->AppendValues({"x", "y", "x"}).ok());
  ASSERT_TRUE(genres.Append().ok());
  const std::string path = write_parquet(
      folder, {{arrow::field("item_id", arrow::int64()), whole({1, 2})},
               {arrow::field("v", arrow::list(arrow::float32())), vectors.Finish().ValueOrDie()},
               {arrow::field("g", arrow::list(arrow::utf8())), genres.Finish().ValueOrDie()}});
  const auto reader = open_table(path);
  const Table table = read_table(*reader);
  ASSERT_EQ(table.fields.size(), 2u);
  EXPECT_EQ(table.fields[0].type, FieldType::kVector);
  EXPECT_EQ(table.fields[0].dimension, 2u);
  EXPECT_EQ(table.cells,
            (std::vector<std::vector<std::string>>{{"0.5 2", "x|y"}, {"nan nan", ""}}));
}

TEST(RealLogs, TrivagoClickOuts) {
  KASKAD_SHARED_FILE(path, "trivago-search/trivago_val_100k.parquet");
  LogOptions options;
  options.item_column = "reference";
  const auto reader = open_events(path, options);
  EXPECT_TRUE(reader->has_action());
}

// A flipped bit in a plain column would be another number; the page's checksum tells.
TEST(Parquet, ChecksumsOfPagesAreVerified) {
  const TempDir folder;
  const int64_t marked = 0x1122334455667788;
  const auto table = arrow::Table::Make(
      arrow::schema({arrow::field("user", arrow::int64()), arrow::field("item", arrow::int64())}),
      {whole({marked, 2, 3}), whole({4, 5, 6})});
  const std::string path = folder / "log.parquet";
  const auto file = arrow::io::FileOutputStream::Open(path).ValueOrDie();
  const auto properties = parquet::WriterProperties::Builder()
                              .enable_page_checksum()
                              ->disable_dictionary()
                              ->disable_statistics()
                              ->build();
  ASSERT_TRUE(
      parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), file, 100, properties).ok());
  ASSERT_TRUE(file->Close().ok());
  EXPECT_EQ(read_log(path).user.size(), 3u);
  std::string bytes = read_file(path);
  const size_t at = bytes.find(std::string(reinterpret_cast<const char*>(&marked), sizeof(marked)));
  ASSERT_NE(at, std::string::npos);
  bytes[at] ^= 1;
  write_file(path, bytes);
  const std::string error = error_of([&] { read_log(path); });
  EXPECT_NE(error.find("log.parquet"), std::string::npos) << error;
  EXPECT_NE(error.find("checksum"), std::string::npos) << error;
}

}  // namespace
}  // namespace kaskad
