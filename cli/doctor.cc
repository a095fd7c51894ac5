// kaskad doctor: what this machine and this build are, and whether the parts work together.
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
  CLI::App* verb =
      app.add_subcommand("doctor", "Shows the machine and the build, and tries every part");
  auto as_json = std::make_shared<bool>(false);
  verb->add_flag("--json", *as_json, "One JSON object on standard output");
  verb->callback([as_json] { run_doctor(*as_json); });
}

}  // namespace kaskad::cli
