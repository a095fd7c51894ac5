// What control groups of version 2 let this process have: the limit of a container, `MemoryMax=` of
// a unit of systemd. Called by available_memory() and the doctor.
#pragma once

#include <cstdint>
#include <string>

namespace kaskad {

struct CgroupMemory {
  uint64_t limit =
      UINT64_MAX;  // bytes, the least of this group and those above it; UINT64_MAX: none
  uint64_t left =
      UINT64_MAX;  // bytes until the first of them is reached; files it could forget are free
};

// `membership` is what the kernel says of the process, `root` where the groups are mounted. A
// container sees its own group as the root, whatever its path is called outside.
CgroupMemory cgroup_memory(const std::string& membership = "/proc/self/cgroup",
                           const std::string& root = "/sys/fs/cgroup");

}  // namespace kaskad
