#include "kaskad/log/part_files.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/dataset/messages.h"
#include "tests/temp_dir.h"

namespace kaskad {
namespace {

class PartFilesTest : public testing::Test {
 protected:
  PartFilesTest() { std::filesystem::create_directory(directory_ / "table"); }
  void write(const std::string& name, const std::string& text) {
    directory_.write("table/" + name, text);
  }
  std::string table() const { return directory_ / "table"; }

  TempDir directory_;
};

TEST_F(PartFilesTest, FilesAreOneTableInTheOrderOfTheirNames) {
  write("part-00001.csv", "name,unused,count\nc,x,3\n");
  write("part-00000.csv", "count,name\n1,a\n2,b\n");  // columns are found by name
  write("_SUCCESS", "");
  write(".part-00000.csv.crc", "crc");
  PartFiles files(table(), {"name", "count"});
  std::string found;
  while (files.next()) {
    for (size_t row = 0; row < files.rows(); ++row) {
      found += std::string(files.text(0, row)) + std::to_string(files.whole(1, row)) + " ";
    }
  }
  EXPECT_EQ(found, "a1 b2 c3 ");
}

TEST_F(PartFilesTest, NumbersAreExact) {
  write("part.csv", "whole,number\n-9223372036854775808,0.1\n9007199254740993,1e-300\n");
  PartFiles files(table(), {"whole", "number"});
  ASSERT_TRUE(files.next());
  EXPECT_EQ(files.whole(0, 0), INT64_MIN);
  EXPECT_EQ(files.whole(0, 1), 9007199254740993);  // 2^53 + 1, which a double has not
  EXPECT_EQ(files.number(1, 0), 0.1);
  EXPECT_EQ(files.number(1, 1), 1e-300);
}

TEST_F(PartFilesTest, FaultsAreNamed) {
  EXPECT_TRUE(contains(message_of([&] { PartFiles(directory_ / "none", {}); }), "is no directory"));
  EXPECT_TRUE(contains(message_of([&] { PartFiles(table(), {}); }), "is empty"));
  write("part.csv", "a,b\n1,2\n3.5,nan\n");
  PartFiles lacking(table(), {"a", "c"});
  EXPECT_TRUE(contains(message_of([&] { lacking.next(); }),
                       "found columns a, b, expected one that is called 'c'"));
  PartFiles files(table(), {"a", "b"});
  ASSERT_TRUE(files.next());
  EXPECT_TRUE(contains(message_of([&] { files.whole(0, 1); }),
                       "part.csv, line 3, column 'a': found '3.5', expected a whole number"));
  EXPECT_TRUE(contains(message_of([&] { files.whole(0, 0, 2, 9); }), "from 2 to 9"));
  EXPECT_TRUE(contains(message_of([&] { files.number(1, 1); }), "expected a finite number"));
}

}  // namespace
}  // namespace kaskad
