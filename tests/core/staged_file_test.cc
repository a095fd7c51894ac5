#include "kaskad/core/staged_file.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "tests/temp_dir.h"

namespace kaskad {
namespace {

class StagedFileTest : public testing::Test {
 protected:
  size_t files() const {
    const std::filesystem::directory_iterator all(directory_.path());
    return static_cast<size_t>(std::distance(begin(all), end(all)));
  }
  void write(const StagedFile& staged, const std::string& text) const {
    FileWriter writer(staged.path());
    writer.write(text);
    writer.close();
  }

  const TempDir directory_;
  const std::string path_ = directory_ / "a";
};

TEST_F(StagedFileTest, AppearsWhenCommittedInPlaceOfAnOlderOne) {
  write_file(path_, "older");
  StagedFile staged(path_);
  write(staged, "newer");
  EXPECT_EQ(read_file(path_), "older");
  staged.commit();
  EXPECT_EQ(read_file(path_), "newer");
  EXPECT_EQ(files(), 1u);
}

TEST_F(StagedFileTest, WithoutCommitLeavesTheOlderOneAlone) {
  write_file(path_, "older");
  {
    const StagedFile staged(path_);
    write(staged, "half");
    EXPECT_EQ(files(), 2u);
  }
  EXPECT_EQ(read_file(path_), "older");
  EXPECT_EQ(files(), 1u);
}

TEST_F(StagedFileTest, ThatCannotHaveItsNameIsAnErrorAndLeavesNothing) {
  std::filesystem::create_directory(path_);
  {
    StagedFile staged(path_);
    write(staged, "text");
    try {
      staged.commit();
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(std::string(error.what()).substr(0, 11), "cannot rena") << error.what();
      EXPECT_NE(std::string(error.what()).find(path_), std::string::npos) << error.what();
    }
  }
  EXPECT_EQ(files(), 1u);
}

}  // namespace
}  // namespace kaskad
