#include "tests/structure/include_order.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "kaskad/core/file.h"

namespace kaskad {
namespace {

namespace fs = std::filesystem;
using Faults = std::vector<std::string>;

// A checkout of three folders: core <- log, core <- eval; log and eval are peers.
class PlantedTree : public testing::Test {
 protected:
  void SetUp() override {
    fs::remove_all(root_);
    for (const char* folder : {"core", "log", "eval"}) {
      fs::create_directories(fs::path(root_) / "kaskad" / folder);
    }
    write("CMakeLists.txt", "foreach(folder core log\n    eval)\n  add_subdirectory(x)\n");
    write("core/CMakeLists.txt", "kaskad_library(core LINK Threads::Threads)\n");
    write("log/CMakeLists.txt", "kaskad_library(log DEPS core LINK ZLIB::ZLIB)\n");
    write("eval/CMakeLists.txt", "# metrics\nkaskad_library(eval DEPS core)\nset(x (LINK))\n");
  }
  void TearDown() override { fs::remove_all(root_); }

  void write(const std::string& name, const std::string& text) {
    write_file(root_ + "/kaskad/" + name, text);
  }
  Faults includes() { return check_includes(root_, read_folder_graph(root_)); }
  Faults graph() { return check_graph(read_folder_graph(root_)); }

  const std::string root_ = testing::TempDir() + "kaskad_planted_tree_" + std::to_string(getpid());
};

TEST_F(PlantedTree, ArrowsAreReadFromCMake) {
  const FolderGraph graph = read_folder_graph(root_);
  EXPECT_EQ(graph.order, (std::vector<std::string>{"core", "log", "eval"}));
  EXPECT_EQ(graph.direct.at("log"), std::set<std::string>{"core"});
  EXPECT_EQ(reachable(graph, "eval"), (std::set<std::string>{"core", "eval"}));
}

TEST_F(PlantedTree, IncludeAlongTheArrowsPasses) {
  write("log/csv.cc",
        "#include \"kaskad/core/error.h\"\n#include \"kaskad/log/csv.h\"\n"
        "#include <arrow/api.h>\n#include <vector>\n");
  EXPECT_EQ(includes(), Faults{});
  EXPECT_EQ(graph(), Faults{});
}

TEST_F(PlantedTree, IncludeUpwardsIsNamedWithItsLine) {
  write("core/error.cc", "// why\n#include \"kaskad/log/csv.h\"\n");
  EXPECT_EQ(includes(), Faults{"kaskad/core/error.cc:2: core includes kaskad/log/csv.h, "
                               "which its DEPS do not reach"});
}

TEST_F(PlantedTree, PeersDoNotSeeEachOther) {
  write("eval/metrics.h", "  #  include <kaskad/log/csv.h>\n");
  EXPECT_EQ(includes(), Faults{"kaskad/eval/metrics.h:1: eval includes kaskad/log/csv.h, "
                               "which its DEPS do not reach"});
}

TEST_F(PlantedTree, LibraryDoesNotSeeCommandsOrRelativePaths) {
  write("log/a.cc", "#include \"cli/console.h\"\n");
  write("log/b.cc", "#include \"../core/error.h\"\n");
  EXPECT_EQ(includes().size(), 2u);
}

TEST_F(PlantedTree, HeavyHeadersStayInTheirFolder) {
  write("core/json.h", "#include <nlohmann/json.hpp>\n");
  write("core/config.h", "#include \"kaskad/core/json.h\"\n");
  write("core/light.h", "#include <nlohmann/json_fwd.hpp>\n");
  write("core/config.cc", "#include \"kaskad/core/config.h\"\n");
  write("log/a.cc", "#include \"kaskad/core/light.h\"\n");
  EXPECT_EQ(includes(), Faults{});
  write("log/b.cc", "#include \"kaskad/core/config.h\"\n");
  EXPECT_EQ(includes(), Faults{"kaskad/log/b.cc:1: log includes kaskad/core/config.h, "
                               "which brings nlohmann/json.hpp into another folder"});
  write("log/b.cc", "#include <nlohmann/json.hpp>\n#include \"kaskad/core/config.h\"\n");
  EXPECT_EQ(includes(), Faults{});  // it pays openly
}

TEST_F(PlantedTree, CycleIsFound) {
  write("log/CMakeLists.txt", "kaskad_library(log DEPS core eval)\n");
  write("eval/CMakeLists.txt", "kaskad_library(eval DEPS log)\n");
  EXPECT_EQ(graph(), Faults{"log depends on eval, which does not come before it"});
}

TEST_F(PlantedTree, FolderWithoutALibraryIsAnError) {
  write("eval/CMakeLists.txt", "add_library(eval)\n");
  EXPECT_THROW(read_folder_graph(root_), Error);
}

TEST(Checkout, ArrowsPointDownwards) {
  EXPECT_EQ(check_graph(read_folder_graph(KASKAD_SOURCE_DIR)), Faults{});
}

TEST(Checkout, IncludesFollowTheArrows) {
  EXPECT_EQ(check_includes(KASKAD_SOURCE_DIR, read_folder_graph(KASKAD_SOURCE_DIR)), Faults{});
}

TEST(Checkout, EveryFolderIsInTheOrder) {
  const FolderGraph graph = read_folder_graph(KASKAD_SOURCE_DIR);
  for (const auto& entry : fs::directory_iterator(KASKAD_SOURCE_DIR "/kaskad")) {
    if (!entry.is_directory()) continue;
    const std::string folder = entry.path().filename().string();
    EXPECT_EQ(std::count(graph.order.begin(), graph.order.end(), folder), 1) << folder;
  }
}

}  // namespace
}  // namespace kaskad
