// CSV, TSV and their relatives: tokens, headers, and what is said about broken rows.
#include "kaskad/log/delimited.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/log/log_files.h"

namespace kaskad {
namespace {

void expect_rows(const Log& log, const std::vector<std::string>& rows) {
  ASSERT_EQ(log.user.size(), rows.size());
  for (size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(log.row(i), rows[i]);
}

TEST(Csv, FindsTheUsualColumns) {
  const Log log = parse_log("rating,itemId,x,User ID,ts,event\n4.5,i1,?,u1,7,view\n3,i2,?,u2,8,\n");
  expect_rows(log, {"u1 i1 7", "u2 i2 8"});
  EXPECT_EQ(log.weight, (std::vector<float>{4.5f, 3}));
  EXPECT_EQ(log.action, (std::vector<std::string>{"view", ""}));
  EXPECT_EQ(log.kind, TimeKind::kOrder);
  EXPECT_EQ(log.description, "csv, columns User ID itemId ts rating event");
}

TEST(Csv, NamedColumnsWinOverUsualOnes) {
  LogOptions options;
  options.user_column = "buyer";
  options.weight_column = "none";
  options.time = TimeFormat::kNone;
  const Log log = parse_log("user_id,buyer,item,timestamp,rating\na,b,c,nonsense,nan\n", options);
  expect_rows(log, {"b c 0"});
  EXPECT_EQ(log.weight, std::vector<float>{1});
}

TEST(Csv, ColumnsByNumberNeedNoHeader) {
  LogOptions options;
  options.user_column = "2";
  options.item_column = "1";
  options.time_column = "3";
  expect_rows(parse_log("i1,u1,978300760\ni2,u2,978300761\n", options),
              {"u1 i1 978300760000", "u2 i2 978300761000"});
  // The same numbers over a header that says so itself.
  expect_rows(parse_log("item_id,user_id,timestamp\ni1,u1,978300760\n", options),
              {"u1 i1 978300760000"});
  options.header = HeaderLine::kYes;
  expect_rows(parse_log("p,q,r\ni1,u1,5\n", options), {"u1 i1 5"});
}

TEST(Csv, SniffsTheDelimiter) {
  for (const std::string d : {",", ";", "|", "\t", "::", " "}) {
    const std::string text = "user" + d + "item" + d + "time\nu" + d + "i" + d + "5\n";
    expect_rows(parse_log(text), {"u i 5"});
  }
  LogOptions options;
  options.delimiter = "<=>";
  expect_rows(parse_log("user<=>item<=>time\nu,=<=>i=<=>5\n", options), {"u,= i= 5"});
}

TEST(Csv, QuotedCellsHoldDelimitersQuotesAndLineBreaks) {
  const Log log =
      parse_log("user,item,time\n\"a,b\",\"say \"\"hi\"\"\",1\n\"x\ny\",\"\"\"\",\"2\"\r\n");
  ASSERT_EQ(log.user.size(), 2u);
  EXPECT_EQ(log.user[0], "a,b");
  EXPECT_EQ(log.item[0], "say \"hi\"");
  EXPECT_EQ(log.user[1], "x\ny");
  EXPECT_EQ(log.item[1], "\"");
  EXPECT_EQ(log.time[1], 2);
}

TEST(Csv, LineNumbersCountTheLinesInsideQuotes) {
  const std::string error = log_error("user,item,time\n\"x\n\ny\",i,1\nu,i,soon\n");
  EXPECT_EQ(error.find("log.csv, line 5, column 'time': found 'soon', expected order numbers"), 0u)
      << error;
}

TEST(Csv, TakesWindowsLineEndsBomBlankLinesAndAMissingLastLineEnd) {
  expect_rows(parse_log("\xef\xbb\xbfuser,item,time\r\n\r\nu,i,1\r\n\n\nu,j,2\r\n\r\n\r\nu,k,3"),
              {"u i 1", "u j 2", "u k 3"});
}

TEST(Csv, QuotesCanBeOrdinaryCharacters) {
  LogOptions options;
  options.quotes = false;
  expect_rows(parse_log("user,item,time\n\"a,i\"x,1\n", options), {"\"a i\"x 1"});
}

TEST(Csv, TellsTheNumberOfCells) {
  EXPECT_EQ(log_error("user,item,time\nu,i,1\nu,i\n"),
            "log.csv, line 3: found 2 cells, expected 3, as many as the header has");
  EXPECT_EQ(log_error("user,item,time\nu,i,1,9\n"),
            "log.csv, line 2: found 4 cells, expected 3, as many as the header has");
}

TEST(Csv, TellsAnOpenQuotationMark) {
  const std::string error = log_error("user,item,time\nu,i,1\nu,\"i,1\nv,j,2\n");
  EXPECT_EQ(error.find("log.csv, line 3: found a quotation mark that is never closed"), 0u)
      << error;
}

TEST(Csv, TellsTextBehindAQuotationMark) {
  const std::string error = log_error("user,item,time\nu,\"i\"x,1\n");
  EXPECT_EQ(error.find("log.csv, line 2: found 'x,1' behind a closing quotation mark"), 0u)
      << error;
}

TEST(Csv, TellsBytesThatAreNoText) {
  EXPECT_EQ(
      log_error(std::string("user,item\nu,i\na\0b,i\n", 21) + std::string(5000, 'x')),
      "log.csv: found binary data beginning with 'user,item\\nu,i\\na\\x00', expected text or "
      "Parquet (formats: parquet, attributes, jsonl, recbole, movielens, sequence, tsv, "
      "csv)");
  std::string long_log = "user,item\n";
  for (int i = 0; i < 2000; ++i) long_log += "u,i\n";
  EXPECT_EQ(
      log_error(long_log + std::string("a\0b,i\n", 6)),
      "log.csv, line 2002, column 'user': found a NUL byte in 'a\\x00b', expected UTF-8 text");
  EXPECT_EQ(
      log_error("user,item\nu,caf\xe9\n"),
      "log.csv, line 2, column 'item': found bytes that are not UTF-8 in 'caf\\xe9', expected "
      "UTF-8 text");
}

TEST(Csv, MissingColumnListsWhatIsThereAndTheOption) {
  const std::string error = log_error("a,item_id,c\n1,2,3\n");
  EXPECT_NE(error.find("columns 'a', 'item_id', 'c'"), std::string::npos) << error;
  EXPECT_NE(error.find("a user column"), std::string::npos) << error;
  EXPECT_NE(error.find("--user-column"), std::string::npos) << error;
  LogOptions options;
  options.time_column = "when";
  EXPECT_NE(log_error("user,item\n1,2\n", options).find("a time column named 'when'"),
            std::string::npos);
}

TEST(Csv, ANameThatIsThereTwiceIsRefused) {
  const std::string error = log_error("user,item,item\n1,2,3\n");
  EXPECT_NE(error.find("columns 2 and 3 that are both called 'item'"), std::string::npos) << error;
}

TEST(Csv, OneColumnCannotBeUserAndItem) {
  LogOptions options;
  options.item_column = "user";
  EXPECT_NE(log_error("user,item\n1,2\n", options).find("the same column"), std::string::npos);
}

TEST(Csv, LongCellsAreShortenedInMessages) {
  const std::string error = log_error("user,item,rating\nu,i," + std::string(100'000, '7') + "x\n");
  EXPECT_LT(error.size(), 300u);
  EXPECT_NE(error.find("(100001 bytes)"), std::string::npos) << error;
}

TEST(Csv, VeryLongLinesAreRead) {
  const std::string item(5'000'000, 'i');  // several blocks
  const Log log = parse_log("user,item\nu," + item + "\nv,\"" + item + "\"\n");
  EXPECT_EQ(log.item, (std::vector<std::string>{item, item}));
}

// Random cells written by the rules of RFC 4180 come back as they were, over many blocks.
TEST(Csv, RandomCellsComeBackAsTheyWere) {
  std::mt19937 random(7);
  constexpr std::string_view kLetters = "ab,\"\n\r; ";
  std::vector<std::string> items;
  std::string text = "user,item\n";
  while (text.size() < 4'000'000) {
    std::string item = "x";
    for (size_t n = random() % 12; n > 0; --n) item += kLetters[random() % kLetters.size()];
    text += "u,\"";
    for (const char c : item) text += c == '"' ? std::string("\"\"") : std::string(1, c);
    text += random() % 2 ? "\"\n" : "\"\r\n";
    items.push_back(std::move(item));
  }
  LogOptions options;
  options.threads = 2;
  const Log log = parse_log(text, options);
  EXPECT_EQ(log.item, items);
}

TEST(Tsv, IsToldByItsTabs) {
  const Log log = parse_log("user\titem\ttime\nu\ta, b\t1\n", {}, "log.txt");
  expect_rows(log, {"u a, b 1"});
  EXPECT_EQ(log.description, "tsv, columns user item time");
}

TEST(MovieLens, ReadsRatings) {
  const Log log = parse_log("1::1193::5::978300760\n2::661::3::978302109\n", {}, "ratings.dat");
  expect_rows(log, {"1 1193 978300760000", "2 661 978302109000"});
  EXPECT_EQ(log.weight, (std::vector<float>{5, 3}));
  EXPECT_EQ(log.kind, TimeKind::kClock);
}

TEST(RecBole, ReadsTypedHeaders) {
  const Log log = parse_log(
      "user_id:token\titem_id:token\trating:float\ttimestamp:float\n196\t242\t3\t881250949\n", {},
      "x.inter");
  expect_rows(log, {"196 242 881250949000"});
  EXPECT_EQ(log.description, "recbole, columns user_id item_id timestamp rating");
}

TEST(RecBole, AskedForWithoutTypesIsAnError) {
  LogOptions options;
  options.format = "recbole";
  EXPECT_NE(log_error("user_id\titem_id\n1\t2\n", options).find("a RecBole header"),
            std::string::npos);
}

}  // namespace
}  // namespace kaskad
