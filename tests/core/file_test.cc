#include "kaskad/core/file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <functional>
#include <vector>

#include "tests/temp_dir.h"

namespace kaskad {
namespace {

namespace fs = std::filesystem;

class FileTest : public testing::Test {
 protected:
  std::string at(const std::string& name) const { return directory_ + "/" + name; }
  size_t files() const {
    return static_cast<size_t>(
        std::distance(fs::directory_iterator(directory_), fs::directory_iterator()));
  }

  const TempDir folder_;
  const std::string directory_ = folder_.path();
};

// Runs `body` in a process of its own and returns how it ended: the exit status, or -signal.
int in_child(const std::function<void()>& body) {
  const pid_t child = fork();
  if (child == 0) {
    body();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

std::string message_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST_F(FileTest, WhatIsWrittenIsRead) {
  std::string text(3 << 20, 'x');  // larger than the writer's buffer
  text[1 << 20] = '\0';
  write_file(at("a"), text);
  EXPECT_EQ(read_file(at("a")), text);
  write_file(at("a"), "");
  EXPECT_EQ(read_file(at("a")), "");
  EXPECT_EQ(files(), 1u);
}

TEST_F(FileTest, ErrorsNameThePath) {
  EXPECT_EQ(message_of([&] { read_file(at("none")); }),
            "cannot open '" + at("none") + "': No such file or directory");
  EXPECT_EQ(message_of([&] { read_file(directory_); }),
            "cannot read '" + directory_ + "': Is a directory");
  EXPECT_EQ(message_of([&] { write_file(at("no/such/a"), "x"); }).substr(0, 15), "cannot create '");
}

TEST_F(FileTest, MappedFileIsAnArray) {
  const std::vector<uint32_t> values{1, 2, 3};
  FileWriter writer(at("v"));
  writer.write_array(std::span<const uint32_t>(values));
  writer.close();
  const MappedFile file(at("v"));
  EXPECT_EQ(std::vector<uint32_t>(file.as<uint32_t>().begin(), file.as<uint32_t>().end()), values);
  EXPECT_EQ(message_of([&] { file.as<uint64_t>(); }),
            "'" + at("v") + "' is damaged: 12 bytes are no multiple of 8");
}

TEST_F(FileTest, MappedFileMoves) {
  write_file(at("a"), "one");
  write_file(at("b"), "three");
  MappedFile first(at("a"));
  MappedFile second(std::move(first));
  EXPECT_EQ(second.size(), 3u);
  second = MappedFile(at("b"));
  EXPECT_EQ(second.size(), 5u);
}

TEST_F(FileTest, WriterThatIsNotClosedLeavesNothing) {
  {
    FileWriter(at("a")).write("half");
  }
  EXPECT_EQ(files(), 0u);
}

TEST_F(FileTest, FullDiskIsAnErrorThatNamesThePath) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "needs /dev/full";
  // A link, because a writer that fails removes what it was writing.
  fs::create_symlink("/dev/full", at("full"));
  EXPECT_EQ(message_of([&] {
              FileWriter writer(at("full"));
              writer.write("x");
              writer.close();
            }),
            "cannot write to '" + at("full") + "': No space left on device");
  fs::create_symlink("/dev/full", at("large"));
  EXPECT_EQ(message_of([&] { FileWriter(at("large")).write(std::string(2 << 20, 'x')); }),
            "cannot write to '" + at("large") + "': No space left on device");
}

TEST_F(FileTest, FileThatMayNotGrowLeavesTheOlderOne) {
  write_file(at("a"), "older");
  EXPECT_EQ(in_child([&] {
              signal(SIGXFSZ, SIG_IGN);  // the limit then shows as EFBIG
              const rlimit limit{1 << 20, 1 << 20};
              setrlimit(RLIMIT_FSIZE, &limit);
              const std::string message =
                  message_of([&] { write_file(at("a"), std::string(2 << 20, 'x')); });
              if (message.find("File too large") == std::string::npos) _exit(1);
            }),
            0);
  EXPECT_EQ(read_file(at("a")), "older");
  EXPECT_EQ(files(), 1u);
}

TEST_F(FileTest, StagedDirectoryAppearsWhenCommitted) {
  StagedDirectory staged(at("data"));
  write_file(staged.file("x"), "1");
  EXPECT_FALSE(fs::exists(at("data")));
  staged.commit();
  EXPECT_EQ(read_file(at("data/x")), "1");
  EXPECT_EQ(files(), 1u);
}

TEST_F(FileTest, StagedDirectoryReplacesAnOlderOneWhole) {
  fs::create_directories(at("data/sub"));
  write_file(at("data/old"), "1");
  StagedDirectory staged(at("data/"));  // a slash at the end means the same
  write_file(staged.file("new"), "2");
  staged.commit();
  EXPECT_FALSE(fs::exists(at("data/old")));
  EXPECT_EQ(read_file(at("data/new")), "2");
  EXPECT_EQ(files(), 1u);
}

TEST_F(FileTest, StagedDirectoryWithoutCommitLeavesTheOlderOne) {
  fs::create_directories(at("data"));
  write_file(at("data/old"), "1");
  {
    StagedDirectory staged(at("data"));
    write_file(staged.file("new"), "2");
  }
  EXPECT_EQ(read_file(at("data/old")), "1");
  EXPECT_EQ(files(), 1u);
}

TEST_F(FileTest, StagedDirectoryMakesItsParents) {
  StagedDirectory staged(at("runs/today/grid"));
  staged.commit();
  EXPECT_TRUE(fs::is_directory(at("runs/today/grid")));
}

TEST_F(FileTest, NextRunRemovesWhatAKilledProcessLeft) {
  EXPECT_EQ(in_child([&] {
              StagedDirectory staged(at("data"));
              write_file(staged.file("x"), "half");
              raise(SIGKILL);
            }),
            -SIGKILL);
  EXPECT_FALSE(fs::exists(at("data")));
  EXPECT_EQ(files(), 1u);  // data.tmp-PID
  StagedDirectory staged(at("data"));
  staged.commit();
  EXPECT_EQ(files(), 1u);  // data
}

TEST_F(FileTest, StagedDirectoryOfALivingProcessIsLeftAlone) {
  const std::string other = at("data.tmp-" + std::to_string(getppid()));
  fs::create_directories(other);
  StagedDirectory staged(at("data"));
  EXPECT_TRUE(fs::exists(other));
}

TEST_F(FileTest, CommitDoesNotReplaceAFile) {
  write_file(at("data"), "a file of the user's");
  StagedDirectory staged(at("data"));
  EXPECT_EQ(message_of([&] { staged.commit(); }),
            "cannot replace '" + at("data") + "': Not a directory");
  EXPECT_EQ(read_file(at("data")), "a file of the user's");
}

}  // namespace
}  // namespace kaskad
