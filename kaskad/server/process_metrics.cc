#include "kaskad/server/process_metrics.h"

#include <sys/resource.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "kaskad/core/memory.h"

namespace kaskad {
namespace {

double open_descriptors() {
  std::error_code failure;
  const std::filesystem::directory_iterator files("/proc/self/fd", failure);
  return failure ? 0 : static_cast<double>(std::distance(begin(files), end(files)) - 1);
}

double most_descriptors() {
  rlimit limit{};
  return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? static_cast<double>(limit.rlim_cur) : 0;
}

}  // namespace

void read_process(double started, MetricFamilies& families) {
  const auto gauge = [&](const char* name, const char* help, double value) {
    read_gauge(name, help).add(value).move_to(families);
  };
  gauge("process_start_time_seconds", "When the server began, in seconds since 1970.", started);
  gauge("process_resident_memory_bytes", "What the process takes.",
        static_cast<double>(resident_memory()));
  gauge("process_open_fds", "Open descriptors.", open_descriptors());
  gauge("process_max_fds", "The most it may open.", most_descriptors());
  gauge("kaskad_available_memory_bytes", "What the machine, or the container, could still give.",
        static_cast<double>(available_memory()));
}

}  // namespace kaskad
