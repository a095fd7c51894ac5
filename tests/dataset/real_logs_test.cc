// Ingest over files, through the real readers: the whole way from bytes to histories.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "kaskad/dataset/ingest.h"
#include "tests/dataset/make_dataset.h"
#include "tests/dataset/messages.h"
#include "tests/shared_data.h"

namespace kaskad {
namespace {

IngestOptions options_for(const TempDir& directory, const std::string& path) {
  IngestOptions options;
  options.paths = {path};
  options.output = directory / "data";
  return options;
}

TEST(RealLogs, CsvAndItemFeaturesBecomeADataset) {
  const TempDir directory;
  std::ofstream(directory / "log.csv") << "user_id,item_id,timestamp,rating\n"
                                          "ann,milk,978300760,5\n"
                                          "bob,tea,978300750,3\n"
                                          "ann,tea,978300700,4\n";
  std::ofstream(directory / "items.csv") << "item_id,price\ntea,1.5\nrum,9.5\n";
  IngestOptions options = options_for(directory, directory / "log.csv");
  options.item_feature_paths = {directory / "items.csv"};
  const IngestResult result = ingest(options);
  EXPECT_EQ(result.item_features.unknown, 1u);  // rum
  EXPECT_EQ(result.item_features.without, 1u);  // milk
  const Dataset data = Dataset::open(directory / "data");
  EXPECT_EQ(data.time_kind(), TimeKind::kClock);
  EXPECT_EQ(list(data.history(UserId{0}).times),
            (std::vector<int64_t>{978300700000, 978300760000}));
  EXPECT_EQ(data.item_features().dense.at(0).values[1], 1.5f);
}

TEST(RealLogs, BadRowIsNamedAndNothingIsLeft) {
  const TempDir directory;
  std::ofstream(directory / "log.csv") << "user_id,item_id,timestamp\na,x,1\nb,y,soon\n";
  IngestOptions options = options_for(directory, directory / "log.csv");
  const std::string message = message_of([&] { ingest(options); });
  EXPECT_TRUE(contains(message, "line 3, column 'timestamp'"));
  EXPECT_FALSE(std::filesystem::exists(options.output));
  options.log.on_error = OnError::kSkip;
  EXPECT_EQ(ingest(options).skipped, 1u);
}

TEST(RealLogs, MovieLens1MHasTheRowsOfThePapers) {
  KASKAD_SHARED_FILE(log, "ml-1m/interactions.csv.gz");
  const TempDir directory;
  const IngestResult result = ingest(options_for(directory, log));
  EXPECT_EQ(result.events, 999611u);
  EXPECT_EQ(result.users, 6040u);
  EXPECT_EQ(result.items, 3416u);
  EXPECT_EQ(result.time_kind, TimeKind::kOrder);
}

TEST(RealLogs, BeautyIsReadAsSequences) {
  KASKAD_SHARED_FILE(log, "beauty/beauty.txt.gz");
  const TempDir directory;
  const IngestResult result = ingest(options_for(directory, log));
  EXPECT_EQ(result.events, 353962u);
  EXPECT_EQ(result.users, 40226u);
  EXPECT_EQ(result.items, 54542u);
}

}  // namespace
}  // namespace kaskad
