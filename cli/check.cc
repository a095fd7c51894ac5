// kaskad check: everything that serving a cascade would need, without serving it.
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/console.h"
#include "kaskad/cascade/load_cascade.h"

namespace kaskad::cli {
namespace {

using nlohmann::json;

struct CheckArguments {
  std::string cascade;
  bool json = false;
};

std::string number_text(const json& value) {
  std::string text = value.dump();
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

std::string milliseconds_text(double ms) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.2f ms", ms);
  return text;
}

std::string stage_line(const json& stage) {
  const bool retrieves = stage["stage"] == "retrieve";
  std::string line = "  " + stage["stage"].get<std::string>() + " ";
  if (retrieves) line += stage["name"].get<std::string>() + " ";
  line += "(" + stage["kind"].get<std::string>() + ", version " +
          stage["version"].get<std::string>() + "): " + (retrieves ? "quota " : "keep ") +
          number_text(stage["keep"]) + ", ";
  line +=
      stage["time_ms"] == 0 ? "no time budget" : "at most " + number_text(stage["time_ms"]) + " ms";
  line += ", else " + stage["fallback"].get<std::string>();
  if (stage.contains("fallback_kind")) {
    line += " of " + stage["fallback_kind"].get<std::string>();
  }
  line += "; knows " + number_text(stage["items"]) + " items";
  if (stage["asked"] != "always") line += "; " + stage["asked"].get<std::string>() + " only";
  if (stage.contains("search")) line += "; " + stage["search"].get<std::string>();
  return line;
}

std::string trial_line(const json& trial) {
  std::string line = "  a request of a" +
                     std::string(trial["user"] == "stored" ? " stored" : "n unknown") +
                     " user: " + number_text(trial["items"]) + " items;";
  for (const json& stage : trial["stages"]) {
    line += " " + stage["name"].get<std::string>() + " " + number_text(stage["out"]) + " in " +
            milliseconds_text(stage["ms"].get<double>()) + ",";
  }
  line.pop_back();
  return line;
}

void print_report(const json& report) {
  const auto print = [](const std::string& line) { std::printf("%s\n", line.c_str()); };
  if (report.contains("version")) {
    print("cascade " + report["name"].get<std::string>() + ", version " +
          report["version"].get<std::string>() + ": " + number_text(report["items"]) +
          " items, of which " + number_text(report["items_shut_out"]) + " are shut out");
  }
  for (const json& stage : report["stages"]) print(stage_line(stage));
  if (report.contains("trials")) {
    for (const json& trial : report["trials"]) print(trial_line(trial));
  }
  for (const json& warning : report["warnings"]) print("warning: " + warning.get<std::string>());
  for (const json& error : report["errors"]) print("error: " + error.get<std::string>());
  print(report["ok"] ? "ok" : "not ok");
}

void run_check(const CheckArguments& arguments) {
  const json report = check_cascade(arguments.cascade);
  if (arguments.json) {
    print_json(report);
  } else {
    print_report(report);
  }
  if (!report["ok"]) throw CLI::RuntimeError(1);
}

}  // namespace

void add_check(CLI::App& app) {
  auto arguments = std::make_shared<CheckArguments>();
  CLI::App* command = app.add_subcommand(
      "check", "Verify a cascade.toml: bundles, ids, features, a trial request; nothing is served");
  command->footer("Example:\n  kaskad check cascade.toml");
  command->add_option("cascade", arguments->cascade, "The file")->required();
  command->add_flag("--json", arguments->json, "One JSON object on standard output");
  command->callback([arguments] { run_check(*arguments); });
}

}  // namespace kaskad::cli
