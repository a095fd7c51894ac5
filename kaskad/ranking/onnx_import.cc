#include "kaskad/ranking/onnx_import.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "kaskad/core/error.h"
#include "kaskad/core/nearest_name.h"
#include "kaskad/ranking/gbdt_training.h"

namespace kaskad {
namespace {

std::shared_ptr<const FeatureTable> of_dataset(const FeatureTable& table) {
  return {std::shared_ptr<const FeatureTable>(), &table};
}

bool has_all(const std::vector<std::string>& names, const std::vector<std::string>& wanted) {
  return std::ranges::all_of(wanted, [&](const std::string& name) {
    return std::ranges::find(names, name) != names.end();
  });
}

// Columns of all inputs that read ranking features; empty: all that there are.
std::vector<std::string> wanted_features(const OnnxMapping& mapping) {
  std::vector<std::string> wanted;
  for (const OnnxInput& input : mapping.inputs) {
    if (input.source != "features") continue;
    if (input.columns.empty()) return {};
    wanted.insert(wanted.end(), input.columns.begin(), input.columns.end());
  }
  return wanted;
}

// Groups of features that nobody reads cost a request time, so that they are left out.
FeatureOptions needed_groups(const std::vector<std::string>& wanted, const OnnxImport& import,
                             const Dataset& dataset, const Impressions& lists) {
  FeatureOptions options;
  if (wanted.empty()) return options;
  options.counters = false;  // the only ones that are costly to make
  const auto names = [&] {
    return known_names(list_features(options, dataset, lists, import.nested).columns());
  };
  const auto without_counters = names();
  std::vector<std::string> others = wanted;
  std::erase_if(others, [&](const auto& name) { return !has_all(without_counters, {name}); });
  for (bool FeatureOptions::* group :
       {&FeatureOptions::history, &FeatureOptions::items, &FeatureOptions::users}) {
    options.*group = false;
    if (!has_all(names(), others)) options.*group = true;
  }
  options.counters = others.size() < wanted.size();
  // A name that is in no group: the error that follows lists all that there are.
  return !options.counters || has_all(names(), wanted) ? options : FeatureOptions();
}

void take_counters(const OnnxMapping& mapping, const Dataset& dataset, OnnxTables& tables) {
  if (mapping.counters.empty()) return;
  auto store = std::make_shared<const CounterStore>(CounterStore::open(mapping.counters));
  const bool users_fit =
      store->users().size() == 0 || store->users().hash() == dataset.users().hash();
  if (store->items().hash() != dataset.items().hash() || !users_fit) {
    throw Error("counters '" + mapping.counters + "': found those of other items or users, " +
                "expected those of '" + dataset.directory() + "'");
  }
  tables.counters = std::make_shared<LiveCounters>(std::move(store));
}

OnnxTables tables_of(const OnnxMapping& mapping, const OnnxImport& import, const Dataset& dataset,
                     const Impressions& lists) {
  OnnxTables tables;
  tables.num_items = dataset.num_items();
  tables.num_users = dataset.num_users();
  tables.time_kind = dataset.time_kind();
  if (mapping.reads("features")) {
    const FeatureOptions options = needed_groups(wanted_features(mapping), import, dataset, lists);
    tables.features =
        std::make_shared<const GbdtFeatures>(list_features(options, dataset, lists, import.nested));
    tables.actions = tables.features->action_names();
  }
  tables.items = of_dataset(dataset.item_features());
  tables.users = of_dataset(dataset.user_features());
  if (mapping.reads("history.actions")) tables.actions = dataset.action_names();
  if (mapping.reads("features") || mapping.reads("candidate.context")) {
    tables.contexts = lists.facts().contexts;
  }
  if (!mapping.tokens.empty()) tables.tokens = read_onnx_tokens(mapping.tokens);
  take_counters(mapping, dataset, tables);
  return tables;
}

// Those of the mapping; where it has none the lists' only one.
std::vector<Head> heads_of_import(const OnnxMapping& mapping, const std::string& path,
                                  const Impressions& lists) {
  const std::vector<std::string>& names = lists.facts().heads;
  if (mapping.heads.empty() && names.size() != 1) {
    throw Error(path +
                ": found no heads, expected [[heads]] that say which output is which of the " +
                std::to_string(names.size()) + " heads of the lists");
  }
  std::vector<Head> heads;
  for (const OnnxHead& head : heads_or(mapping, names.empty() ? "" : names[0])) {
    heads.push_back({head.name, static_cast<float>(head.weight)});
  }
  return heads;
}

}  // namespace

std::unique_ptr<OnnxRanker> import_onnx_ranker(const OnnxImport& import, const Dataset& dataset,
                                               const Impressions& lists) {
  const OnnxMapping mapping = parse_onnx_mapping(import.mapping_text, import.mapping_path);
  OnnxRankerParts parts;
  parts.mapping_text = import.mapping_text;
  parts.mapping_path = import.mapping_path;
  parts.graph_path = mapping.graph;
  parts.tokens_path = mapping.tokens;
  auto heads = heads_of_import(mapping, import.mapping_path, lists);
  parts.tables = tables_of(mapping, import, dataset, lists);
  return std::make_unique<OnnxRanker>(std::move(parts), std::move(heads));
}

std::string row_mapping(const std::string& graph_path, const std::vector<std::string>& columns) {
  const OnnxSession session(graph_path);
  const std::vector<TensorSpec>& inputs = session.inputs();
  if (inputs.size() != 1) {
    throw data_error(graph_path, 0, "inputs", declared_text(inputs),
                     "one float (?, F), rows of F ranking features; what other inputs mean is said "
                     "in a mapping");
  }
  // Texts are written alike in JSON and TOML.
  const auto quoted = [](const std::string& text) { return nlohmann::json(text).dump(); };
  std::string text = "graph = " + quoted(std::filesystem::path(graph_path).filename().string()) +
                     "\n\n[inputs." + quoted(inputs[0].name) + "]\nsource = \"features\"\n";
  if (!columns.empty()) text += "columns = " + nlohmann::json(columns).dump() + "\n";
  return text;
}

}  // namespace kaskad
