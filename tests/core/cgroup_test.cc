#include "kaskad/core/cgroup.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "kaskad/core/file.h"
#include "tests/temp_dir.h"

namespace kaskad {
namespace {

class CgroupMemoryTest : public testing::Test {
 protected:
  void write_group(const std::string& group, const std::string& limit, const std::string& current,
                   const std::string& stat = "anon 1\n") const {
    const std::string folder = directory_ / ("groups" + group);
    std::filesystem::create_directories(folder);
    write_file(folder + "/memory.max", limit + "\n");
    write_file(folder + "/memory.current", current + "\n");
    write_file(folder + "/memory.stat", stat);
  }
  CgroupMemory memory_in(const std::string& membership) const {
    write_file(directory_ / "membership", membership);
    return cgroup_memory(directory_ / "membership", directory_ / "groups");
  }

  const TempDir directory_;
};

TEST_F(CgroupMemoryTest, AContainerSeesItsLimitAtTheRoot) {
  write_group("", "1000", "400");
  EXPECT_EQ(memory_in("0::/\n").limit, 1000u);
  EXPECT_EQ(memory_in("0::/\n").left, 1000u - 400u);
  EXPECT_EQ(memory_in("0::/../pod/a-name-outside\n").left, 1000u - 400u);
}

TEST_F(CgroupMemoryTest, AUnitHasTheLimitOfItsOwnGroup) {
  write_group("/system.slice/kaskad.service", "1000", "400");
  EXPECT_EQ(memory_in("0::/system.slice/kaskad.service\n").left, 1000u - 400u);
}

TEST_F(CgroupMemoryTest, TheGroupAboveMayBeNearerToItsLimit) {
  write_group("/shop", "5000", "4900");
  write_group("/shop/kaskad", "1000", "400");
  const CgroupMemory memory = memory_in("0::/shop/kaskad\n");
  EXPECT_EQ(memory.limit, 1000u);
  EXPECT_EQ(memory.left, 5000u - 4900u);
}

TEST_F(CgroupMemoryTest, FilesThatCanBeForgottenAreFree) {
  write_group("/kaskad", "1000", "900", "anon 200\nfile 700\ninactive_file 600\nactive_file 100\n");
  EXPECT_EQ(memory_in("0::/kaskad\n").left, 1000u - (900u - 600u));
}

TEST_F(CgroupMemoryTest, NothingIsLeftAboveALimitThatWasLowered) {
  write_group("/kaskad", "1000", "1200");
  EXPECT_EQ(memory_in("0::/kaskad\n").left, 0u);
}

TEST_F(CgroupMemoryTest, WithoutALimitThereIsNone) {
  write_group("/kaskad", "max", "400");
  EXPECT_EQ(memory_in("0::/kaskad\n").limit, UINT64_MAX);
  EXPECT_EQ(memory_in("0::/kaskad\n").left, UINT64_MAX);
  EXPECT_EQ(memory_in("4:memory:/v1\n").left, UINT64_MAX);
  EXPECT_EQ(cgroup_memory(directory_ / "none", directory_ / "none").left, UINT64_MAX);
}

}  // namespace
}  // namespace kaskad
