#include "kaskad/dataset/gather_features.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/dataset/messages.h"

namespace kaskad {
namespace {

// Fields: genre (multi-valued), price (number), vector (2 numbers); two rows a batch.
class FakeTable : public TableReader {
 public:
  struct Row {
    std::string key;
    std::vector<std::string> genres;
    float price;
    std::vector<float> vector;
  };
  explicit FakeTable(std::vector<Row> rows) : rows_(std::move(rows)) {}

  const std::vector<FieldInfo>& fields() const override { return fields_; }
  const std::string& key_name() const override { return key_name_; }
  bool next(TableBatch& batch) override {
    batch = {};
    batch.fields.resize(3);
    batch.fields[0].offsets = {0};
    for (size_t end = std::min(at_ + 2, rows_.size()); at_ < end; ++at_) {
      const Row& row = rows_[at_];
      batch.key.push_back(row.key);
      batch.line.push_back(at_ + 2);  // line 1 is the header
      for (const std::string& genre : row.genres) batch.fields[0].values.push_back(genre);
      batch.fields[0].offsets.push_back(static_cast<uint32_t>(batch.fields[0].values.size()));
      batch.fields[1].numbers.push_back(row.price);
      for (const float value : row.vector) batch.fields[2].numbers.push_back(value);
    }
    return batch.rows() > 0;
  }
  const SkippedRows& skipped() const override { return skipped_; }
  std::string description() const override { return "fake"; }

 private:
  std::vector<Row> rows_;
  std::vector<FieldInfo> fields_ = {{"genre", FieldType::kMultiValued},
                                    {"price", FieldType::kNumber},
                                    {"vector", FieldType::kVector, true, 2}};
  std::string key_name_ = "item_id";
  size_t at_ = 0;
  SkippedRows skipped_;
};

// The log knows items a, b and c as 0, 1 and 2.
std::optional<uint32_t> find_abc(std::string_view name) {
  if (name.size() != 1 || name[0] > 'c') return std::nullopt;
  return static_cast<uint32_t>(name[0] - 'a');
}

FeatureColumns gather(std::vector<FakeTable::Row> rows, FeatureReport& report,
                      OnError on_error = OnError::kFail) {
  std::vector<FeatureSource> sources;
  sources.push_back({"items.csv", std::make_unique<FakeTable>(std::move(rows))});
  return gather_features(sources, 3, find_abc, on_error, report);
}

TEST(GatherFeatures, PutsRowsInIdOrderAndReportsTheRest) {
  FeatureReport report;
  const FeatureColumns columns = gather({{"c", {"drama", "war"}, 3, {5, 6}},
                                         {"cold", {"noir"}, 9, {0, 0}},
                                         {"a", {"war"}, 1, {1, 2}}},
                                        report);
  ASSERT_EQ(columns.categorical.size(), 1u);
  EXPECT_EQ(columns.categorical[0].names, (std::vector<std::string>{"drama", "war"}));
  EXPECT_EQ(columns.categorical[0].offsets, (std::vector<uint64_t>{0, 1, 1, 3}));
  EXPECT_EQ(columns.categorical[0].codes, (std::vector<uint32_t>{1, 0, 1}));
  ASSERT_EQ(columns.dense.size(), 2u);
  EXPECT_EQ(columns.dense[0].values[0], 1);
  EXPECT_TRUE(std::isnan(columns.dense[0].values[1]));
  EXPECT_EQ(columns.dense[1].values[4], 5);
  EXPECT_EQ(columns.dense[1].values[5], 6);
  EXPECT_EQ(report.rows, 3u);
  EXPECT_EQ(report.unknown, 1u);
  EXPECT_EQ(report.without, 1u);  // b
  EXPECT_EQ(report.columns, (std::vector<std::string>{"genre", "price", "vector"}));
}

TEST(GatherFeatures, RepeatedIdNamesBothLines) {
  for (const std::string key : {"b", "cold"}) {
    const std::vector<FakeTable::Row> rows = {
        {key, {}, 1, {1, 1}}, {"a", {}, 2, {2, 2}}, {key, {}, 3, {3, 3}}};
    FeatureReport report;
    EXPECT_EQ(message_of([&] { gather(rows, report); }),
              "items.csv, line 4, column 'item_id': found '" + key +
                  "' again after line 2, expected every id once");
    report = {};
    const FeatureColumns columns = gather(rows, report, OnError::kSkip);
    EXPECT_EQ(report.skipped.count, 1u);
    EXPECT_EQ(report.skipped.examples.at(0).line, 4u);
    if (key == "b") {
      EXPECT_EQ(columns.dense[0].values[1], 1) << "the first one stays";
    }
  }
}

}  // namespace
}  // namespace kaskad
