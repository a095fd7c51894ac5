#include "tests/structure/include_order.h"

#include <algorithm>
#include <filesystem>
#include <regex>
#include <sstream>

#include "kaskad/core/file.h"

namespace kaskad {
namespace fs = std::filesystem;
namespace {

struct Include {
  size_t line;
  std::string header;
};
using Sources = std::map<std::string, std::vector<Include>>;  // by path from the root

bool is_heavy(const std::string& header) {
  if (header == "nlohmann/json_fwd.hpp") return false;
  for (const char* library : {"arrow/", "parquet/", "boost/", "nlohmann/", "toml++/", "grpcpp/",
                              "google/protobuf/", "proto/"}) {
    if (header.starts_with(library)) return true;
  }
  return false;
}

// The words of CMake's `text` between `keyword` and the next keyword or the closing bracket.
std::vector<std::string> words_after(const std::string& text, const std::string& keyword) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  bool inside = false;
  for (std::string word; stream >> word;) {
    const bool last = word.ends_with(")");
    if (last) word.pop_back();
    if (word == "LINK") inside = false;
    if (inside && !word.empty()) words.push_back(word);
    if (word == keyword) inside = true;
    if (last && inside) break;
  }
  return words;
}

std::string folder_of(const std::string& header) {  // "kaskad/log/csv.h" -> "log"
  const size_t begin = header.find('/') + 1;
  return header.substr(begin, header.find('/', begin) - begin);
}

std::vector<Include> includes_of(const fs::path& file) {
  static const std::regex kInclude(R"(^\s*#\s*include\s*["<]([^">]+)[">])");
  std::vector<Include> includes;
  std::istringstream lines(read_file(file.string()));
  std::smatch match;
  size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (std::regex_search(line, match, kInclude)) includes.push_back({number, match[1]});
  }
  return includes;
}

Sources read_sources(const fs::path& root) {
  Sources sources;
  for (const auto& entry : fs::recursive_directory_iterator(root / "kaskad")) {
    const fs::path& path = entry.path();
    if (path.extension() != ".h" && path.extension() != ".cc") continue;
    sources[fs::relative(path, root).string()] = includes_of(path);
  }
  return sources;
}

// The heavy header that `header` brings along, by itself or by another of ours; empty if none.
std::string brings(const Sources& sources, const std::string& header,
                   std::set<std::string>& visited) {
  if (is_heavy(header)) return header;
  const auto found = sources.find(header);
  if (found == sources.end() || !visited.insert(header).second) return "";
  for (const Include& include : found->second) {
    const std::string heavy = brings(sources, include.header, visited);
    if (!heavy.empty()) return heavy;
  }
  return "";
}

bool includes_itself(const std::vector<Include>& includes, const std::string& header) {
  return std::any_of(includes.begin(), includes.end(),
                     [&](const Include& include) { return include.header == header; });
}

// What is wrong with an #include of `header` in `file`; empty if nothing.
std::string fault_of(const Sources& sources, const std::string& file,
                     const std::set<std::string>& allowed, const std::string& header) {
  const std::string folder = folder_of(file);
  if (header.starts_with("cli/") || header.starts_with("tests/")) {
    return "which stands above the library";
  }
  if (header.starts_with(".")) return "a path that hides the folder";
  if (!header.starts_with("kaskad/") || folder_of(header) == folder) return "";
  if (!allowed.contains(folder_of(header))) return "which its DEPS do not reach";
  std::set<std::string> visited;
  const std::string heavy = brings(sources, header, visited);
  // A .cc that asks for the heavy header itself pays for it openly.
  if (heavy.empty() || (file.ends_with(".cc") && includes_itself(sources.at(file), heavy))) {
    return "";
  }
  return "which brings " + heavy + " into another folder";
}

}  // namespace

FolderGraph read_folder_graph(const std::string& root) {
  const std::string folders = root + "/kaskad/";
  FolderGraph graph;
  const std::string list = read_file(folders + "CMakeLists.txt");
  graph.order = words_after(list.substr(0, list.find(')') + 1), "foreach(folder");
  for (const std::string& folder : graph.order) {
    const std::string text = read_file(folders + folder + "/CMakeLists.txt");
    const size_t call = text.find("kaskad_library(");
    if (call == std::string::npos) throw Error(folder + "/CMakeLists.txt has no kaskad_library()");
    const std::string arguments = text.substr(call, text.find(')', call) + 1 - call);
    for (const std::string& dep : words_after(arguments, "DEPS")) graph.direct[folder].insert(dep);
  }
  return graph;
}

std::set<std::string> reachable(const FolderGraph& graph, const std::string& folder) {
  std::set<std::string> seen;
  std::vector<std::string> open{folder};
  while (!open.empty()) {
    const std::string next = open.back();
    open.pop_back();
    if (!seen.insert(next).second) continue;
    const auto found = graph.direct.find(next);
    if (found != graph.direct.end()) {
      open.insert(open.end(), found->second.begin(), found->second.end());
    }
  }
  return seen;
}

std::vector<std::string> check_graph(const FolderGraph& graph) {
  std::vector<std::string> faults;
  for (auto folder = graph.order.begin(); folder != graph.order.end(); ++folder) {
    const auto direct = graph.direct.find(*folder);
    if (direct == graph.direct.end()) continue;
    for (const std::string& dep : direct->second) {
      if (std::find(graph.order.begin(), folder, dep) == folder) {
        faults.push_back(*folder + " depends on " + dep + ", which does not come before it");
      }
    }
  }
  return faults;
}

std::vector<std::string> check_includes(const std::string& root, const FolderGraph& graph) {
  const Sources sources = read_sources(root);
  std::map<std::string, std::set<std::string>> allowed;
  for (const std::string& folder : graph.order) allowed[folder] = reachable(graph, folder);
  std::vector<std::string> faults;
  for (const auto& [file, includes] : sources) {
    const std::string folder = folder_of(file);
    for (const Include& include : includes) {
      const std::string fault = fault_of(sources, file, allowed[folder], include.header);
      if (fault.empty()) continue;
      faults.push_back(file + ":" + std::to_string(include.line) + ": " + folder + " includes " +
                       include.header + ", " + fault);
    }
  }
  return faults;
}

}  // namespace kaskad
