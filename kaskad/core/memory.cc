#include "kaskad/core/memory.h"

#include <malloc.h>
#include <sys/mman.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string_view>

#include "kaskad/core/cgroup.h"
#include "kaskad/core/error.h"
#include "kaskad/core/parallel.h"

namespace kaskad {
namespace {

// A line of what the kernel says of this process; 0 where there is none. Not getrusage(): a started
// program inherits the peak of the one that started it.
uint64_t status_bytes(std::string_view wanted) {
  std::ifstream file("/proc/self/status");
  for (std::string key; file >> key;) {
    uint64_t kib = 0;
    if (key == wanted && file >> kib) return kib * 1024;
    file.ignore(256, '\n');
  }
  return 0;
}

}  // namespace

uint64_t parse_bytes(const std::string& text) {
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  std::string unit(end);
  std::transform(unit.begin(), unit.end(), unit.begin(),
                 [](unsigned char c) { return std::toupper(c); });
  if (unit.ends_with("IB"))
    unit.resize(unit.size() - 2);
  else if (unit.ends_with("B"))
    unit.resize(unit.size() - 1);
  static constexpr std::string_view kUnits = "KMGT";
  const size_t power = unit.empty() ? 0 : kUnits.find(unit) + 1;
  const bool known_unit = unit.empty() || (unit.size() == 1 && power > 0);
  if (end == text.c_str() || !known_unit || !std::isfinite(number) || number <= 0 ||
      number > 1e15) {
    throw Error("memory size: found '" + text + "', expected a positive number such as 512M or 2G");
  }
  return static_cast<uint64_t>(std::ldexp(number, static_cast<int>(10 * power)));
}

std::string format_bytes(uint64_t bytes) {
  static constexpr const char* kNames[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  double value = static_cast<double>(bytes);
  int unit = 0;
  while (value >= 1024 && unit < 4) value /= 1024, ++unit;
  char text[32];
  std::snprintf(text, sizeof(text), unit == 0 ? "%.0f %s" : "%.1f %s", value, kNames[unit]);
  return text;
}

uint64_t resident_memory() { return status_bytes("VmRSS:"); }

uint64_t peak_memory() { return status_bytes("VmHWM:"); }

uint64_t available_memory() {
  uint64_t available = UINT64_MAX;
  std::ifstream file("/proc/meminfo");
  for (std::string key; file >> key;) {
    uint64_t kib = 0;
    if (key == "MemAvailable:" && file >> kib) available = kib * 1024;
    file.ignore(256, '\n');
  }
  return std::min(available, cgroup_memory().left);
}

void keep_freed_memory() {
  mallopt(M_MMAP_THRESHOLD, 32 << 20);  // the largest that glibc takes
  mallopt(M_TRIM_THRESHOLD, 2'000'000'000);
}

void prefer_huge_pages(void* data, size_t bytes, int threads) {
  constexpr size_t kHuge = size_t{2} << 20;
  const size_t skipped = (kHuge - reinterpret_cast<uintptr_t>(data) % kHuge) % kHuge;
  if (bytes < skipped + kHuge) return;
  char* const begin = static_cast<char*>(data) + skipped;
  const size_t pages = (bytes - skipped) / kHuge;
  // Where the system has none, or does not know how to populate, small pages come as they are
  // needed.
  (void)madvise(begin, pages * kHuge, MADV_HUGEPAGE);
#ifdef MADV_POPULATE_WRITE
  constexpr size_t kPagesPerTask = 8;
  parallel_for((pages + kPagesPerTask - 1) / kPagesPerTask, threads, [&](size_t task, int) {
    const size_t first = task * kPagesPerTask, count = std::min(kPagesPerTask, pages - first);
    (void)madvise(begin + first * kHuge, count * kHuge, MADV_POPULATE_WRITE);
  });
#else
  (void)threads;
#endif
}

}  // namespace kaskad
