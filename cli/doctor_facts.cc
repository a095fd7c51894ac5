#include <arrow/config.h>
#include <faiss/Index.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <xxhash.h>
#include <zlib.h>

#include <boost/version.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "cli/doctor.h"
#include "kaskad/core/cgroup.h"
#include "kaskad/core/memory.h"
#include "kaskad/core/parallel.h"
#include "kaskad/kernels/pair_accumulator.h"
#include "kaskad/onnx/session.h"

// Of OpenBLAS; its header would drag in C's complex numbers.
extern "C" char* openblas_get_config(void);

namespace kaskad::cli {
namespace {

std::string cpu_model() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

std::string cpu_features() {
  std::string found;
  const auto add = [&](bool supported, const char* name) {
    if (supported) found += (found.empty() ? "" : " ") + std::string(name);
  };
#ifdef __x86_64__
  add(__builtin_cpu_supports("avx2"), "avx2");
  add(__builtin_cpu_supports("fma"), "fma");
  add(__builtin_cpu_supports("avx512f"), "avx512f");
  add(__builtin_cpu_supports("avx512vnni"), "avx512vnni");
  add(__builtin_cpu_supports("avx512bf16"), "avx512bf16");
#endif
  return found.empty() ? "none of avx2 fma avx512f avx512vnni avx512bf16" : found;
}

std::string system_name() {
  utsname name{};
  uname(&name);
  return std::string(name.sysname) + " " + name.release + " " + name.machine;
}

uint64_t total_memory() {
  return static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES)) *
         static_cast<uint64_t>(sysconf(_SC_PAGE_SIZE));
}

std::string cgroup_limit() {
  const uint64_t limit = cgroup_memory().limit;
  return limit == UINT64_MAX ? "none" : format_bytes(limit);
}

std::string free_space(const std::filesystem::path& path) {
  std::error_code failure;
  const auto space = std::filesystem::space(path, failure);
  return failure ? "unknown: " + failure.message() : format_bytes(space.available);
}

std::string dotted(unsigned major, unsigned minor, unsigned patch) {
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
}

}  // namespace

std::vector<Fact> machine_facts() {
  return {{"system", system_name()},
          {"cpu", cpu_model()},
          {"cpu features", cpu_features()},
          {"simd target", simd_target()},
          {"threads", std::to_string(default_threads()) + " usable of " +
                          std::to_string(sysconf(_SC_NPROCESSORS_ONLN))},
          {"memory",
           format_bytes(available_memory()) + " available of " + format_bytes(total_memory())},
          {"cgroup memory limit", cgroup_limit()},
          {"free disk here", free_space(".")},
          {"free disk for temporary files", free_space(std::filesystem::temp_directory_path())}};
}

std::vector<Fact> library_facts() {
  const unsigned xxhash = XXH_versionNumber();
  return {
      {"kaskad", KASKAD_VERSION},
      {"build", KASKAD_BUILD_TYPE},
      {"compiler", KASKAD_COMPILER},
      {"arrow", arrow::GetBuildInfo().version_string},
      {"onnx runtime", onnxruntime_version()},
      {"faiss", dotted(FAISS_VERSION_MAJOR, FAISS_VERSION_MINOR, FAISS_VERSION_PATCH)},
      {"boost", dotted(BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100)},
      {"openblas", openblas_get_config()},
      {"highway", KASKAD_HIGHWAY_VERSION},
      {"nlohmann json", dotted(NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR,
                               NLOHMANN_JSON_VERSION_PATCH)},
      {"zlib", zlibVersion()},
      {"xxhash", dotted(xxhash / 10000, xxhash / 100 % 100, xxhash % 100)}};
}

}  // namespace kaskad::cli
