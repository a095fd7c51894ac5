// From rows to events in every format, and the faults that are common to them.
#include "kaskad/log/event_rows.h"

#include <gtest/gtest.h>

#include <unordered_set>

#include "tests/log/log_files.h"
#include "tests/shared_data.h"

namespace kaskad {
namespace {

LogOptions skipping() {
  LogOptions options;
  options.on_error = OnError::kSkip;
  return options;
}

// A first row without a time does not make the others order numbers.
TEST(EventRows, TheFirstTimeDoesNotDecideAlone) {
  std::string text = "user_id,item_id,timestamp\n1,a,0\n";
  for (int i = 0; i < 20; ++i) text += "1,b," + std::to_string(978300760 + i) + "\n";
  const Log log = parse_log(text, skipping(), "log.csv");
  EXPECT_EQ(log.kind, TimeKind::kClock);
  EXPECT_EQ(log.user.size(), 20u);
  const std::string error = log_error(text, {}, "log.csv");
  EXPECT_EQ(error.find("log.csv, line 2, column 'timestamp': found '0'"), 0u) << error;
}

TEST(EventRows, RefusesALogWhoseMostRowsAreSkipped) {
  std::string text = "user_id,item_id,timestamp\n";
  for (int i = 0; i < 10; ++i) text += "1,a," + std::to_string(978300760 + i) + "\n";
  for (int i = 0; i < 10; ++i) text += "1,b,never\n";
  EXPECT_EQ(parse_log(text, skipping(), "log.csv").user.size(), 10u);
  const std::string error = log_error(text + "1,b,never\n", skipping(), "log.csv");
  EXPECT_EQ(error.find("11 of 21 rows cannot be read, too many to skip; the first: log.csv, line "
                       "12, column 'timestamp': found 'never'"),
            0u)
      << error;
}

TEST(Sequence, PairsOfWordsAreUserAndItemInOrder) {
  const Log log = parse_log("1 10\n1 11\n2 10\n", {}, "beauty.txt");
  EXPECT_EQ(log.user, (std::vector<std::string>{"1", "1", "2"}));
  EXPECT_EQ(log.item, (std::vector<std::string>{"10", "11", "10"}));
  EXPECT_EQ(log.time, (std::vector<int64_t>{0, 1, 2}));
  EXPECT_EQ(log.kind, TimeKind::kOrder);
}

TEST(Sequence, ALineMayHoldAWholeHistory) {
  const Log log = parse_log("1 10 11 12\n2 10\n\n3 7 8\n", {}, "Beauty.txt");
  EXPECT_EQ(log.user, (std::vector<std::string>{"1", "1", "1", "2", "3", "3"}));
  EXPECT_EQ(log.item, (std::vector<std::string>{"10", "11", "12", "10", "7", "8"}));
}

TEST(Sequence, FaultsNameTheLine) {
  EXPECT_EQ(log_error("1 10 11\n2\n", {}, "s.txt").find("s.txt, line 2: found one word, '2'"), 0u);
  std::string pairs;
  for (int i = 0; i < 1500; ++i) pairs += "1 10\n";
  EXPECT_EQ(log_error(pairs + "1 2 3\n", {}, "s.txt").find("s.txt, line 1501: found '1 2 3'"), 0u);
}

// ml-100k's u.data: four columns without header are no sequence of items.
TEST(Sequence, IsNotGuessedForATableWithoutHeader) {
  const std::string error =
      log_error("196\t242\t3\t881250949\n186\t302\t3\t891717742\n", {}, "u.data");
  EXPECT_NE(error.find("--user-column"), std::string::npos) << error;
}

TEST(JsonLines, ReadsTextsAndNumbersAsWritten) {
  const Log log = parse_log(
      "{\"user\": 12345678901234567890, \"item\": \"\\u00e9 \\\"x\\\"\", \"ts\": \"2001-01-01\", "
      "\"extra\": {\"a\": [1]}}\n\n{\"ts\": \"2001-01-02\", \"item\": 1.50, \"user\": true}\r\n",
      {}, "log.jsonl");
  EXPECT_EQ(log.user, (std::vector<std::string>{"12345678901234567890", "true"}));
  EXPECT_EQ(log.item, (std::vector<std::string>{"\xc3\xa9 \"x\"", "1.50"}));
  EXPECT_EQ(log.time, (std::vector<int64_t>{978'307'200'000, 978'393'600'000}));
}

TEST(JsonLines, FaultsNameTheLine) {
  const std::string good = "{\"user\":1,\"item\":2}\n";
  const auto error = [&](const std::string& line) {
    return log_error(good + line + "\n", {}, "l.jsonl");
  };
  for (const char* line :
       {"{\"user\":1,\"item\":2", "{\"user\":1,\"item\":2} x", "[1,2]", "{\"user\" 1}",
        "{\"user\":01x,\"item\":2}", "{\"user\":1,\"item\":\"\xff\"}"}) {
    EXPECT_EQ(error(line).find("l.jsonl, line 2: found "), 0u) << error(line);
  }
  EXPECT_EQ(error("{\"user\":1}"),
            "l.jsonl, line 2, column 'item': found an empty cell, expected an id");
  EXPECT_EQ(error("{\"user\":1,\"item\":null}"),
            "l.jsonl, line 2, column 'item': found an empty cell, expected an id");
  EXPECT_EQ(error("{\"user\":1,\"item\":[2]}"),
            "l.jsonl, line 2, column 'item': found a list, expected a text or a number");
}

TEST(EventRows, MixedTimeUnitsNameBothLines) {
  const std::string error = log_error("user,item,timestamp\n1,2,978300760\n1,3,978300761000\n");
  EXPECT_EQ(
      error.find("log.csv, line 3, column 'timestamp': found '978300761000', expected seconds "
                 "since 1970 as in line 2 ('978300760'); mixed time units"),
      0u)
      << error;
}

TEST(EventRows, WeightsAreFiniteAndIdsAreNotEmpty) {
  EXPECT_EQ(log_error("user,item,rating\nu,i,nan\n"),
            "log.csv, line 2, column 'rating': found 'nan', expected a finite number");
  EXPECT_EQ(log_error("user,item,rating\nu,i,1e39\n"),  // beyond float
            "log.csv, line 2, column 'rating': found '1e39', expected a finite number");
  EXPECT_EQ(log_error("user,item,rating\nu,i,\n"),
            "log.csv, line 2, column 'rating': found '', expected a finite number");
  EXPECT_EQ(log_error("user,item,rating\n,i,1\n"),
            "log.csv, line 2, column 'user': found an empty cell, expected an id");
}

TEST(EventRows, SkippingCountsAllAndKeepsTheFirstTen) {
  std::string text = "user,item,rating\nu,i,1\nu,i\n";
  for (int i = 0; i < 20; ++i) text += "u,i,inf\n";
  for (int i = 0; i < 20; ++i) text += "v,j,2\n";  // as many as are left out
  const Log log = parse_log(text, skipping());
  std::vector<std::string> users(21, "v");
  users[0] = "u";
  EXPECT_EQ(log.user, users);
  EXPECT_EQ(log.time[1], 1);
  EXPECT_EQ(log.skipped.count, 21u);
  ASSERT_EQ(log.skipped.examples.size(), 10u);
  EXPECT_EQ(log.skipped.examples[0].line, 3u);
  EXPECT_EQ(log.skipped.examples[1].line, 4u);
  EXPECT_EQ(log.skipped.examples[1].why,
            "log.csv, line 4, column 'rating': found 'inf', expected a finite number");
}

TEST(EventRows, TheFirstFaultOfTheFileIsReported) {
  EXPECT_EQ(log_error("user,item,rating\nu,i,x\nu,i\n").find("log.csv, line 2"), 0u);
  EXPECT_EQ(log_error("user,item,rating\nu,i\nu,i,x\n").find("log.csv, line 2"), 0u);
}

TEST(EventRows, FaultsOfTheWholeFileAreNotSkipped) {
  EXPECT_EQ(log_error("", skipping()), "log.csv: found an empty file, expected rows of data");
  EXPECT_EQ(log_error("\n\n", skipping()),
            "log.csv: found blank lines only, expected rows of data");
  EXPECT_NE(log_error("a,b\n1,2\n", skipping()).find("--user-column"), std::string::npos);
  EXPECT_NE(log_error("\xff\xfeu\n", skipping()).find("UTF-16"), std::string::npos);
}

TEST(EventRows, UnknownFormatsListTheKnownOnes) {
  LogOptions options;
  options.format = "xml";
  EXPECT_NE(log_error("user,item\n1,2\n", options).find("movielens"), std::string::npos);
}

TEST(Gzip, IsToldByItsBytesInAnyFormat) {
  const TempDir folder;
  const Log csv = read_log(folder.write("log.csv", gzipped("user,item\nu,i\n")));
  EXPECT_EQ(csv.item, std::vector<std::string>{"i"});
  EXPECT_EQ(csv.description, "csv, gzip, columns user item, time is the order of the rows");
  const Log json = read_log(folder.write("x", gzipped("{\"user\":1,\"item\":2}\n")));
  EXPECT_EQ(json.item, std::vector<std::string>{"2"});
}

TEST(Gzip, MembersMayFollowEachOther) {
  const Log log = parse_log(gzipped("user,item\nu,") + gzipped("i\nv,j\n"));
  EXPECT_EQ(log.item, (std::vector<std::string>{"i", "j"}));
}

TEST(Gzip, CutOffDamagedOrFollowedByGarbageIsAnError) {
  const std::string packed = gzipped("user,item\nu,i\nv,j\n");
  EXPECT_NE(log_error(packed.substr(0, packed.size() - 4), skipping()).find("inside the gzip data"),
            std::string::npos);
  EXPECT_NE(log_error(packed + "garbage", skipping()).find("behind the end of the gzip data"),
            std::string::npos);
  std::string damaged = packed;
  damaged[damaged.size() - 6] ^= 1;  // the checksum
  EXPECT_NE(log_error(damaged, skipping()).find("damaged gzip data"), std::string::npos);
}

TEST(OpenEvents, FilesThatCannotBeReadAreNamed) {
  const TempDir folder;
  const auto error = [](const std::string& path) { return error_of([&] { open_events(path); }); };
  EXPECT_EQ(error(folder / "no.csv"),
            "cannot open '" + folder / "no.csv" + "': No such file or directory");
  EXPECT_NE(error(folder / ".").find("Is a directory"), std::string::npos);
  EXPECT_NE(error(folder.write("empty.csv", "")).find("an empty file"), std::string::npos);
}

TEST(OpenEvents, CountsBytesForProgress) {
  const TempDir folder;
  const std::string path = folder.write("log.csv", "user,item\nu,i\n");
  const auto reader = open_events(path);
  EXPECT_EQ(reader->bytes_total(), 14u);  // 10 + 4
  read_all(*reader);
  EXPECT_EQ(reader->bytes_read(), 14u);
}

// A reader may be dropped at any time, its thread with it.
TEST(OpenEvents, AReaderNeedNotBeReadToTheEnd) {
  const TempDir folder;
  std::string text = "user,item\n";
  for (int i = 0; i < 3'000'000; ++i) text += "u,i\n";  // beyond what is read ahead
  const auto reader = open_events(folder.write("log.csv", text));
  EventBatch batch;
  EXPECT_TRUE(reader->next(batch));
}

struct Counts {
  size_t rows, users, items;
};

void expect_counts(const std::string& path, const Counts& expected) {
  const Log log = read_log(path);
  EXPECT_EQ(log.user.size(), expected.rows);
  EXPECT_EQ(std::unordered_set<std::string>(log.user.begin(), log.user.end()).size(),
            expected.users);
  EXPECT_EQ(std::unordered_set<std::string>(log.item.begin(), log.item.end()).size(),
            expected.items);
}

TEST(RealLogs, Ml1m) {
  KASKAD_SHARED_FILE(path, "ml-1m/interactions.csv.gz");
  expect_counts(path, {999'611, 6'040, 3'416});
}

TEST(RealLogs, Ml1mTimedHalf) {
  KASKAD_SHARED_FILE(path, "ml-1m/ratings-half.dat.gz");
  expect_counts(path, {487'650, 2'999, 3'615});
}

TEST(RealLogs, Ml100k) {
  KASKAD_SHARED_FILE(path, "ml-100k/ml-100k.inter");
  expect_counts(path, {100'000, 943, 1'682});
}

TEST(RealLogs, Beauty) {
  KASKAD_SHARED_FILE(path, "beauty/beauty.txt.gz");
  expect_counts(path, {353'962, 40'226, 54'542});
}

TEST(RealLogs, S3RecBeauty) {
  KASKAD_SHARED_FILE(path, "s3rec-beauty/Beauty.txt");
  expect_counts(path, {198'502, 22'363, 12'101});
}

}  // namespace
}  // namespace kaskad
