#include <toml++/toml.h>

#include <nlohmann/json.hpp>

#include "kaskad/core/error.h"
#include "kaskad/recipe/recipe.h"
#include "kaskad/recipe/recipe_fields.h"

namespace kaskad::train {
namespace {

// Scalars, lists and tables of them; dates come back as text, which no field takes.
nlohmann::json as_json(const toml::node& node) {
  if (const auto* value = node.as_boolean()) return value->get();
  if (const auto* value = node.as_integer()) return value->get();
  if (const auto* value = node.as_floating_point()) return value->get();
  if (const auto* value = node.as_string()) return value->get();
  if (const auto* table = node.as_table()) {
    nlohmann::json entries = nlohmann::json::object();
    for (const auto& [key, entry] : *table) entries[std::string(key.str())] = as_json(entry);
    return entries;
  }
  if (const auto* list = node.as_array()) {
    nlohmann::json entries = nlohmann::json::array();
    for (const auto& entry : *list) entries.push_back(as_json(entry));
    return entries;
  }
  return "a date";
}

void assign_at(const std::string& path, const std::string& key, const toml::node& node,
               Recipe& recipe) {
  try {
    assign(recipe, key, as_json(node));
  } catch (const Error& error) {
    throw Error(path + ", line " + std::to_string(node.source().begin.line) + ", key '" + key +
                "': " + error.what());
  }
}

toml::table parse(const std::string& path) {
  try {
    return toml::parse_file(path);
  } catch (const toml::parse_error& error) {
    throw Error(path + ", line " + std::to_string(error.source().begin.line) + ": " +
                std::string(error.description()));
  }
}

// Texts, numbers, booleans and lists of them are written alike in JSON and TOML; tables are not.
std::string as_toml(const nlohmann::json& value) {
  if (!value.is_object()) return value.dump();
  std::string entries;
  for (const auto& [key, entry] : value.items()) {
    entries += (entries.empty() ? "" : ", ") + nlohmann::json(key).dump() + " = " + entry.dump();
  }
  return "{" + entries + "}";
}

}  // namespace

std::string to_toml(const Recipe& recipe) {
  const nlohmann::json fields = recipe;
  std::string text;
  for (const std::string& key : recipe_keys()) {
    text += key + " = " + as_toml(fields.at(key)) + "\n";
  }
  return text;
}

Recipe Recipe::from_toml(const std::string& path, std::optional<ModelKind> model) {
  const toml::table table = parse(path);
  Recipe named;
  if (const toml::node* node = table.get("model")) assign_at(path, "model", *node, named);
  Recipe recipe = Recipe::defaults(model.value_or(named.model));
  for (const auto& [key, node] : table) {
    if (model && (key == "model" || key == "causal")) continue;
    assign_at(path, std::string(key.str()), node, recipe);
  }
  try {
    recipe.check();
  } catch (const Error& error) {
    throw Error(path + ": " + error.what());
  }
  return recipe;
}

}  // namespace kaskad::train
