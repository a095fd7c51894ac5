#include "kaskad/core/directory_lock.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <optional>

#include "kaskad/core/error.h"
#include "tests/temp_dir.h"

namespace kaskad {
namespace {

TEST(DirectoryLock, IsHeldByOneAtATime) {
  const TempDir folder;
  const std::string directory = folder / "run";
  std::optional<DirectoryLock> first(directory);
  try {
    const DirectoryLock second(directory);
    ADD_FAILURE() << "two at once";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("'" + directory + "' is in use by another run"),
              std::string::npos)
        << error.what();
  }
  first.reset();
  EXPECT_NO_THROW(DirectoryLock{directory});
  EXPECT_TRUE(std::filesystem::is_empty(directory));
}

}  // namespace
}  // namespace kaskad
