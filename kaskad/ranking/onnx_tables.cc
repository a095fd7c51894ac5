#include "kaskad/ranking/onnx_tables.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "kaskad/dataset/feature_files.h"
#include "kaskad/dataset/manifest.h"

namespace kaskad {
namespace {

using nlohmann::json;

// The columns that inputs of these sources name; null where there are none.
std::optional<FeatureColumns> named_columns(const FeatureTable* table, const OnnxMapping& mapping,
                                            std::initializer_list<std::string_view> sources) {
  const auto named = [&](const std::string& name) {
    return std::ranges::any_of(mapping.inputs, [&](const OnnxInput& input) {
      return input.feature == name && std::ranges::find(sources, input.source) != sources.end();
    });
  };
  const bool any = std::ranges::any_of(sources, [&](auto one) { return mapping.reads(one); });
  if (!table || !any) return std::nullopt;
  FeatureColumns columns = columns_of(*table);
  std::erase_if(columns.categorical, [&](const auto& one) { return !named(one.name); });
  std::erase_if(columns.dense, [&](const auto& one) { return !named(one.name); });
  return columns;
}

std::optional<FeatureColumns> item_columns(const OnnxTables& tables, const OnnxMapping& mapping) {
  return named_columns(tables.items.get(), mapping, {"candidate.feature", "history.feature"});
}

std::optional<FeatureColumns> user_columns(const OnnxTables& tables, const OnnxMapping& mapping) {
  return named_columns(tables.users.get(), mapping, {"user.feature"});
}

// As write_features() gives them: categorical ones come first.
json entries_of(const FeatureColumns& columns, size_t rows) {
  std::vector<FeatureEntry> entries;
  for (const CategoricalColumn& one : columns.categorical) entries.push_back({one.name, true, 1});
  for (const DenseColumn& one : columns.dense) entries.push_back({one.name, false, one.dimension});
  return {{"rows", rows}, {"features", entries}};
}

std::shared_ptr<const FeatureTable> load_columns(const std::string& directory, const json& saved) {
  return std::make_shared<const FeatureTable>(
      map_features(directory, saved.at("features").get<std::vector<FeatureEntry>>(),
                   saved.at("rows").get<size_t>()));
}

}  // namespace

void OnnxTables::save(const std::string& directory, const OnnxMapping& mapping) const {
  if (const auto columns = item_columns(*this, mapping)) {
    write_features(directory + "/tables/items", *columns);
  }
  if (const auto columns = user_columns(*this, mapping)) {
    write_features(directory + "/tables/users", *columns);
  }
  if (features) {
    std::filesystem::create_directories(directory + "/features");
    features->save(directory + "/features");
  }
  if (counters) {
    std::filesystem::copy(counters->store().directory(), directory + "/counters",
                          std::filesystem::copy_options::recursive);
  }
}

json OnnxTables::describe(const OnnxMapping& mapping) const {
  json described = {{"items", num_items},
                    {"users", num_users},
                    {"clock", time_kind == TimeKind::kClock},
                    {"contexts", contexts},
                    {"actions", actions}};
  if (const auto columns = item_columns(*this, mapping)) {
    described["item_features"] = entries_of(*columns, items->rows);
  }
  if (const auto columns = user_columns(*this, mapping)) {
    described["user_features"] = entries_of(*columns, users->rows);
  }
  if (features) {
    described["nested"] = json::array();
    for (const NestedRanker& one : features->nested()) described["nested"].push_back(one.name);
  }
  return described;
}

OnnxTables OnnxTables::load(const std::string& directory, const json& saved) {
  OnnxTables tables;
  saved.at("items").get_to(tables.num_items);
  saved.at("users").get_to(tables.num_users);
  tables.time_kind = saved.at("clock").get<bool>() ? TimeKind::kClock : TimeKind::kOrder;
  saved.at("contexts").get_to(tables.contexts);
  saved.at("actions").get_to(tables.actions);
  if (saved.contains("item_features")) {
    tables.items = load_columns(directory + "/tables/items", saved.at("item_features"));
  }
  if (saved.contains("user_features")) {
    tables.users = load_columns(directory + "/tables/users", saved.at("user_features"));
  }
  if (saved.contains("nested")) {
    tables.features = std::make_shared<const GbdtFeatures>(GbdtFeatures::load(
        directory + "/features", saved.at("nested").get<std::vector<std::string>>()));
  }
  if (std::filesystem::exists(directory + "/counters")) {
    tables.counters = std::make_shared<LiveCounters>(
        std::make_shared<const CounterStore>(CounterStore::open(directory + "/counters")));
  }
  if (std::filesystem::exists(directory + "/tokens.txt")) {
    tables.tokens = read_onnx_tokens(directory + "/tokens.txt");
  }
  return tables;
}

std::unordered_map<std::string, int64_t> read_onnx_tokens(const std::string& path) {
  std::unordered_map<std::string, int64_t> tokens;
  std::istringstream lines(read_file(path));
  size_t number = 0;
  for (std::string word; std::getline(lines, word);) {
    const auto token = kFirstOnnxToken + static_cast<int64_t>(number++);
    if (word.ends_with('\r')) word.pop_back();
    if (!tokens.emplace(word, token).second) {
      throw data_error(path, number, "", "'" + word + "' for a second time", "each word once");
    }
  }
  return tokens;
}

}  // namespace kaskad
