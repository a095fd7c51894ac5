#include "kaskad/core/cgroup.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace kaskad {
namespace {

namespace fs = std::filesystem;

// "0::/system.slice/kaskad.service" -> "system.slice/kaskad.service"; "" without version 2.
fs::path group_of(const std::string& membership) {
  std::ifstream file(membership);
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("0::/")) return line.substr(4);
  }
  return {};
}

// "max" and unreadable files are `otherwise`.
uint64_t number_in(const fs::path& path, uint64_t otherwise) {
  std::ifstream file(path);
  uint64_t value = 0;
  return file >> value ? value : otherwise;
}

// Pages of files not used of late: they count as used and are given up first.
uint64_t forgettable(const fs::path& group) {
  std::ifstream file(group / "memory.stat");
  uint64_t bytes = 0;
  for (std::string key; file >> key >> bytes;) {
    if (key == "inactive_file") return bytes;
  }
  return 0;
}

}  // namespace

CgroupMemory cgroup_memory(const std::string& membership, const std::string& root) {
  CgroupMemory memory;
  fs::path group = group_of(membership);
  for (;;) {
    const fs::path folder = root / group;
    const uint64_t limit = number_in(folder / "memory.max", UINT64_MAX);
    if (limit != UINT64_MAX) {
      const uint64_t current = number_in(folder / "memory.current", 0);
      const uint64_t used = current - std::min(current, forgettable(folder));
      memory.limit = std::min(memory.limit, limit);
      memory.left = std::min(memory.left, limit - std::min(limit, used));
    }
    if (group.empty()) return memory;
    group = group.parent_path();
  }
}

}  // namespace kaskad
