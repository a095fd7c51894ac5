// Reads the folders' order and arrows out of the CMake files and every #include out of the sources
// under kaskad/, and names what goes against them. Linking alone does not tell: headers are found
// without it.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

namespace kaskad {

struct FolderGraph {
  std::vector<std::string> order;                       // as kaskad/CMakeLists.txt lists them
  std::map<std::string, std::set<std::string>> direct;  // DEPS of each folder
};

// Of the checkout at `root`. Throws Error when a folder's CMakeLists.txt is missing.
FolderGraph read_folder_graph(const std::string& root);

// Everything a folder may include: itself, its DEPS, and theirs.
std::set<std::string> reachable(const FolderGraph& graph, const std::string& folder);

// DEPS that are no earlier folder of the order; a cycle always has one.
std::vector<std::string> check_graph(const FolderGraph& graph);

// "kaskad/log/csv.h:7: log includes kaskad/eval/metrics.h, ..." for each #include that goes
// against the arrows, or that brings Arrow, Boost, nlohmann/json or toml++ out of the folder
// whose header includes it: parsing them costs seconds a file.
std::vector<std::string> check_includes(const std::string& root, const FolderGraph& graph);

}  // namespace kaskad
