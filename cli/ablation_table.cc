#include "cli/ablation_table.h"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/eval_table.h"

namespace kaskad::cli {
namespace {

using nlohmann::json;

std::string signed_text(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%+.4f", value);
  return text;
}

std::string change_text(const json& change) {
  return signed_text(change.at("value")) + " [" + signed_text(change.at("low")) + ", " +
         signed_text(change.at("high")) + "]";
}

std::string cost_text(const json& component, const char* cost) {
  if (!component.contains(cost)) return "-";
  char text[32];
  std::snprintf(text, sizeof(text), "%+.0f%%", 100 * component[cost]["change"].get<double>());
  return text;
}

std::string settings_text(const std::vector<std::string>& settings) {
  std::string text;
  for (const std::string& one : settings) text += (text.empty() ? "" : " ") + one;
  return text;
}

std::string baseline_text(const json& ablation) {
  const json& with = ablation["baseline"];
  const std::string metric = ablation["metric"];
  char text[256];
  std::snprintf(text, sizeof(text), "%s with everything: %s %.4f, %.0f s of training, %.0f epochs",
                ablation["model"].get<std::string>().c_str(), metric.c_str(),
                with["metrics"][metric].get<double>(), with["train_seconds"].get<double>(),
                with["epochs"].get<double>());
  std::string line = text;
  if (with.contains("flops")) {
    std::snprintf(text, sizeof(text), ", %.3g FLOPs a request", with["flops"].get<double>());
    line += text;
  }
  if (with.contains("latency_ms")) {
    std::snprintf(text, sizeof(text), " in %.3f ms", with["latency_ms"].get<double>());
    line += text;
  }
  return line + "\n";
}

}  // namespace

std::string component_table(const std::vector<Component>& components) {
  std::vector<std::vector<std::string>> rows = {{"component", "what it is", "without it", ""}};
  for (const Component& one : components) {
    rows.push_back({one.name, one.words, settings_text(one.settings), one.obstacle});
  }
  return aligned(rows);
}

std::string change_table(const json& ablation) {
  const std::string metric = ablation["metric"];
  std::vector<std::vector<std::string>> rows = {
      {"without", metric, "", "training", "its CPU", "FLOPs", "latency"}};
  for (const json& one : ablation["components"]) {
    rows.push_back({one["name"], change_text(one["metrics"][metric]), one["says"],
                    cost_text(one, "train_seconds"), cost_text(one, "cpu_seconds"),
                    cost_text(one, "flops"), cost_text(one, "latency_ms")});
  }
  std::vector<std::vector<std::string>> others = {{"without"}};
  for (const json& name : ablation["metrics"]) {
    if (name != metric) others[0].push_back(name);
  }
  for (const json& one : ablation["components"]) {
    std::vector<std::string>& row = others.emplace_back();
    row.push_back(one["name"]);
    for (size_t m = 1; m < others[0].size(); ++m) {
      row.push_back(change_text(one["metrics"][others[0][m]]));
    }
  }
  std::string text = baseline_text(ablation);
  if (ablation["components"].empty()) return text;
  return text + "\nChange without it, 95% intervals over seeds and requests\n" + aligned(rows) +
         "\n" + aligned(others);
}

}  // namespace kaskad::cli
