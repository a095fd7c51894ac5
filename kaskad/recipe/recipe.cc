#include "kaskad/recipe/recipe.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>
#include <type_traits>

#include "kaskad/core/error.h"
#include "kaskad/core/nearest_name.h"
#include "kaskad/core/short_number.h"
#include "kaskad/recipe/recipe_fields.h"

namespace kaskad::train {
namespace {

std::string describe(const Limits& limits, const std::string& kind) {
  if (limits.high == std::numeric_limits<double>::infinity()) {
    if (limits.low == kPositive.low) return kind + " above 0";
    return kind + " of at least " + short_number(limits.low);
  }
  return kind + " from " + short_number(limits.low) + (limits.below ? " to below " : " to ") +
         short_number(limits.high);
}

Error mismatch(const nlohmann::json& found, const std::string& expected) {
  return Error("found " + found.dump() + ", expected " + expected);
}

template <typename E>
  requires std::is_enum_v<E>
std::string name_of(E value) {
  for (const auto& [known, name] : EnumNames<E>::kValues) {
    if (known == value) return std::string(name);
  }
  KASKAD_ASSERT(false);
  return {};
}

template <typename E>
  requires std::is_enum_v<E>
void read(const nlohmann::json& json, E& value, const Limits&) {
  std::string allowed;
  for (const auto& [known, name] : EnumNames<E>::kValues) {
    if (json.is_string() && json.get<std::string>() == name) {
      value = known;
      return;
    }
    allowed += (allowed.empty() ? "" : ", ") + std::string(name);
  }
  throw mismatch(json, "one of " + allowed);
}

template <typename T>
  requires std::is_arithmetic_v<T>
void read(const nlohmann::json& json, T& value, const Limits& limits) {
  if constexpr (std::is_same_v<T, bool>) {
    if (!json.is_boolean()) throw mismatch(json, "true or false");
    value = json.get<bool>();
  } else {
    constexpr bool whole = std::is_integral_v<T>;
    const std::string expected = describe(limits, whole ? "a whole number" : "a number");
    if (!json.is_number() || (whole && !json.is_number_integer())) throw mismatch(json, expected);
    const double number = json.get<double>();
    const bool fits = number >= limits.low &&
                      (limits.below ? number < limits.high : number <= limits.high) &&
                      std::isfinite(number);
    if (!fits || (whole && number > static_cast<double>(std::numeric_limits<T>::max()))) {
      throw mismatch(json, expected);
    }
    value = json.get<T>();
  }
}

void read(const nlohmann::json& json, std::map<std::string, double>& value, const Limits& limits) {
  if (!json.is_object()) throw mismatch(json, "a table of numbers by name");
  std::map<std::string, double> entries;
  for (const auto& [name, entry] : json.items()) {
    try {
      read(entry, entries[name], limits);
    } catch (const Error& error) {
      throw Error("'" + name + "': " + error.what());
    }
  }
  value = std::move(entries);
}

void read_entry(const nlohmann::json& json, std::string& value, const Limits&) {
  if (!json.is_string()) throw mismatch(json, "a text");
  value = json.get<std::string>();
}
void read_entry(const nlohmann::json& json, int64_t& value, const Limits& limits) {
  read(json, value, limits);
}

// From the command line also "a,b": one text that names several.
nlohmann::json as_list(const nlohmann::json& json) {
  if (!json.is_string()) return json;
  nlohmann::json list = nlohmann::json::array();
  std::istringstream text(json.get<std::string>());
  for (std::string part; std::getline(text, part, ',');) {
    const auto number = nlohmann::json::parse(part, nullptr, false);
    if (!part.empty()) list.push_back(number.is_number() ? number : nlohmann::json(part));
  }
  return list;
}

template <typename T>
void read(const nlohmann::json& json, std::vector<T>& value, const Limits& limits) {
  const nlohmann::json list = as_list(json);
  if (!list.is_array()) throw mismatch(json, "a list");
  std::vector<T> entries(list.size());
  for (size_t i = 0; i < list.size(); ++i) {
    try {
      read_entry(list[i], entries[i], limits);
    } catch (const Error& error) {
      throw Error("entry " + std::to_string(i + 1) + " of the list: " + error.what());
    }
  }
  value = std::move(entries);
}

void read(const nlohmann::json& json, std::string& value, const Limits&) {
  // The one text field is the device.
  if (!json.is_string()) throw mismatch(json, "one of auto, cpu, cuda");
  const auto text = json.get<std::string>();
  if (text != "auto" && text != "cpu" && text != "cuda") {
    throw mismatch(json, "one of auto, cpu, cuda");
  }
  value = text;
}

Error unknown_key(const std::string& key) {
  const std::vector<std::string> known = recipe_keys();
  std::string all;
  for (const std::string& name : known) all += (all.empty() ? "" : ", ") + name;
  const std::string nearest = nearest_name(known, key);
  return Error("found the unknown key '" + key + "'" +
               (nearest.empty() ? "" : "; did you mean '" + nearest + "'?") +
               " Known keys: " + all);
}

void refuse(const std::string& key, const std::string& found, const std::string& expected) {
  throw Error("recipe, key '" + key + "': found " + found + ", expected " + expected);
}

}  // namespace

void assign(Recipe& recipe, const std::string& key, const nlohmann::json& value) {
  bool found = false;
  visit_fields(recipe, [&](const char* name, auto& field, const Limits& limits) {
    if (key != name) return;
    read(value, field, limits);
    found = true;
  });
  if (!found) throw unknown_key(key);
}

void Recipe::set(const std::string& key, const std::string& value) {
  nlohmann::json json = nlohmann::json::parse(value, nullptr, false);
  if (json.is_discarded()) json = value;
  const size_t dot = key.find('.');
  try {
    if (dot == std::string::npos) return assign(*this, key, json);
    const std::string field = key.substr(0, dot);
    nlohmann::json table = nlohmann::json(*this).value(field, nlohmann::json::object());
    if (!table.is_object()) throw Error("found an entry of '" + field + "', which is no table");
    table[key.substr(dot + 1)] = json;
    assign(*this, field, table);
  } catch (const Error& error) {
    throw Error("key '" + key + "': " + error.what());
  }
}

Recipe Recipe::defaults(ModelKind model) {
  Recipe recipe;
  recipe.model = model;
  if (model == ModelKind::kBert4rec) {
    recipe.causal = false;
    recipe.block = BlockKind::kPostNorm;
    recipe.heads = 2;
    // A fifth of the places teaches in a step, so it learns later (2207.07483).
    recipe.epochs = 300;
    recipe.patience = 20;
  }
  if (recipe.ranks()) {
    recipe.causal = false;
    recipe.heads = 2;
    recipe.max_history = 100;
    recipe.batch = 32;
    recipe.epochs = 30;
    recipe.patience = 4;
  }
  if (model == ModelKind::kAmortized || model == ModelKind::kBst) recipe.head_cross_layers = 2;
  if (model == ModelKind::kInteractRank) {
    recipe.item_features = recipe.user_features = recipe.history_actions = true;
    recipe.ranking_features = false;
    recipe.list_loss = ListLoss::kPointwise;
    recipe.logq = LogqKind::kCorrected;
    recipe.batch = 128;
  }
  if (model == ModelKind::kTransact) {
    recipe.block = BlockKind::kPostNorm;
    recipe.window_mask = 1;
    recipe.history_actions = true;
  }
  return recipe;
}

void Recipe::check() const {
  const bool sampled = loss == LossKind::kSampledSoftmax || loss == LossKind::kInBatch;
  if (dimension % heads != 0) {
    refuse("heads", std::to_string(heads), "a divisor of dimension = " + std::to_string(dimension));
  }
  if (model == ModelKind::kBert4rec && causal) {
    refuse("causal", "true", "false: bert4rec reads both sides of a masked place");
  }
  if (model == ModelKind::kSasrec && !causal) {
    refuse("causal", "false",
           "true: a sasrec that may look ahead would copy its answer; "
           "model = \"bert4rec\" reads both sides");
  }
  if (model == ModelKind::kTwoTower && pooling == PoolingKind::kEncoder && !causal) {
    refuse("causal", "false", "true: an encoder that may look ahead would copy its answer");
  }
  if (shard_items && ranks()) {
    refuse("shard_items", "true",
           "false with model = \"" + name_of(model) +
               "\": only sasrec, bert4rec and two_tower spread their items over processes");
  }
  if (shard_items && loss == LossKind::kSoftmax) {
    refuse(
        "loss", "\"softmax\"",
        "sampled_softmax, in_batch, bce or gbce with shard_items = true: the full softmax scores "
        "the whole catalogue in every process");
  }
  const bool towers = model == ModelKind::kTwoTower || model == ModelKind::kInteractRank;
  if (!towers && (user_features || clock_features)) {
    refuse(user_features ? "user_features" : "clock_features", "true",
           "false with model = \"" + name_of(model) +
               "\": only two_tower and interact_rank have a place for them");
  }
  if (model == ModelKind::kDcnV2 && head_cross_layers > 0) {
    refuse("head_cross_layers", std::to_string(head_cross_layers),
           "0 with model = \"dcn_v2\", which has cross_layers");
  }
  if (model == ModelKind::kInteractRank) {
    if (head_cross_layers > 0) {
      refuse("head_cross_layers", std::to_string(head_cross_layers),
             "0 with model = \"interact_rank\": a candidate's numbers are weighed and added");
    }
    return;  // its softmax is in-batch, whatever `loss` says
  }
  if (logq != LogqKind::kNone && !sampled) {
    refuse("logq", '"' + name_of(logq) + '"',
           "\"none\" with loss = \"" + name_of(loss) +
               "\": only sampled_softmax and in_batch draw negatives that it corrects");
  }
}

void to_json(nlohmann::json& json, const Recipe& recipe) {
  json = nlohmann::json::object();
  visit_fields(recipe, [&](const char* name, const auto& field, const Limits&) {
    if constexpr (std::is_enum_v<std::decay_t<decltype(field)>>) {
      json[name] = name_of(field);
    } else {
      json[name] = field;
    }
  });
}

void from_json(const nlohmann::json& json, Recipe& recipe) {
  if (!json.is_object()) throw Error("recipe: found " + json.dump() + ", expected an object");
  Recipe named;
  if (json.contains("model")) assign(named, "model", json["model"]);
  recipe = Recipe::defaults(named.model);
  for (const auto& [key, value] : json.items()) {
    try {
      assign(recipe, key, value);
    } catch (const Error& error) {
      throw Error("recipe, key '" + key + "': " + error.what());
    }
  }
}

std::string to_string(ModelKind model) { return name_of(model); }

ModelKind parse_model_kind(const std::string& text) {
  ModelKind model{};
  try {
    read(nlohmann::json(text), model, {});
  } catch (const Error& error) {
    throw Error(std::string("model: ") + error.what());
  }
  return model;
}

std::vector<std::string> recipe_keys() {
  std::vector<std::string> keys;
  const Recipe recipe;
  visit_fields(recipe, [&](const char* name, const auto&, const Limits&) { keys.push_back(name); });
  return keys;
}

}  // namespace kaskad::train
