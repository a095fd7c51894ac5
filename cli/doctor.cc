// kaskad doctor: what this machine and this build are, and whether the parts work together. With
// --server, doctor_server.cc.
#include "cli/doctor.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/console.h"

namespace kaskad::cli {
namespace {

nlohmann::ordered_json to_json(const std::vector<Fact>& facts) {
  nlohmann::ordered_json json;
  for (const Fact& fact : facts) json[fact.name] = fact.value;
  return json;
}

void print_facts(const char* title, const std::vector<Fact>& facts) {
  std::printf("%s\n", title);
  for (const Fact& fact : facts) std::printf("  %-30s %s\n", fact.name.c_str(), fact.value.c_str());
}

void print_checks(const std::vector<Check>& checks) {
  std::printf("checks\n");
  for (const Check& check : checks) {
    std::printf("  %-6s %-16s %5.1f s  %s\n", check.ok ? "ok" : "FAILED", check.name.c_str(),
                check.seconds, check.detail.c_str());
  }
}

nlohmann::json json_of(const std::vector<Check>& checks, bool ok) {
  nlohmann::json list = nlohmann::json::array();
  for (const Check& check : checks) {
    list.push_back({{"name", check.name},
                    {"ok", check.ok},
                    {"seconds", check.seconds},
                    {"detail", check.detail}});
  }
  return {{"ok", ok},
          {"machine", to_json(machine_facts())},
          {"libraries", to_json(library_facts())},
          {"checks", list}};
}

void run_doctor(bool as_json) {
  if (!as_json) {
    print_facts("machine", machine_facts());
    print_facts("libraries", library_facts());
    std::fflush(stdout);
  }
  const std::string kaskad = std::filesystem::read_symlink("/proc/self/exe").string();
  const std::vector<Check> checks = run_checks(kaskad);
  const bool ok = std::all_of(checks.begin(), checks.end(), [](const Check& c) { return c.ok; });
  if (as_json) {
    print_json(json_of(checks, ok));
  } else {
    print_checks(checks);
  }
  if (!ok) throw CLI::RuntimeError(1);  // main() turns it into the exit status
}

}  // namespace

void add_doctor(CLI::App& app) {
  struct Flags {
    std::string server;
    double seconds = 10;
    bool json = false;
  };
  auto flags = std::make_shared<Flags>();
  CLI::App* verb = app.add_subcommand(
      "doctor",
      "Shows the machine and the build, and tries every part; or says what is wrong with a "
      "running server");
  verb->footer(
      "Examples:\n"
      "  kaskad doctor\n"
      "  kaskad doctor --server http://127.0.0.1:8080\n"
      "Ends with status 1 when something is wrong.");
  auto* server = verb->add_option("--server", flags->server,
                                  "Address of a running server, in place of this machine");
  verb->add_option("--seconds", flags->seconds, "Between the two looks at its figures")
      ->check(CLI::Range(0.1, 3600.0))
      ->capture_default_str()
      ->needs(server);
  verb->add_flag("--json", flags->json, "One JSON object on standard output");
  verb->callback([flags] {
    if (flags->server.empty()) return run_doctor(flags->json);
    if (!run_server_doctor(flags->server, flags->seconds, flags->json)) throw CLI::RuntimeError(1);
  });
}

}  // namespace kaskad::cli
