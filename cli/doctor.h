// What `kaskad doctor` finds out of this machine, which doctor.cc shows; and of a running server.
#pragma once

#include <string>
#include <vector>

namespace kaskad::cli {

struct Fact {
  std::string name, value;
};

std::vector<Fact> machine_facts();  // CPU, its features, threads, memory, disk
std::vector<Fact> library_facts();  // versions as linked or, for headers alone, as compiled

struct Check {
  std::string name;    // "ingest"
  std::string detail;  // what was done, or why it failed
  bool ok = false;
  double seconds = 0;
};

// Every SIMD kernel against its plain code; throws Error naming the one that differs.
std::string check_kernels();

// Takes a small log through every verb, from `kaskad`, the path of this program. A check that
// needs an earlier one that failed fails too, and says so.
std::vector<Check> run_checks(const std::string& kaskad);

// `kaskad doctor --server`: looks at it twice, `seconds` apart, and says what is wrong. Whether
// nothing is.
bool run_server_doctor(const std::string& url, double seconds, bool as_json);

}  // namespace kaskad::cli
