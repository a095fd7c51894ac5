#include <toml++/toml.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "kaskad/core/error.h"
#include "kaskad/grid/space.h"

namespace kaskad {
namespace {

std::string place(const std::string& path, const toml::node& node) {
  return path + ", line " + std::to_string(node.source().begin.line);
}

nlohmann::json as_json(const toml::node& node) {
  std::ostringstream text;
  if (const toml::table* table = node.as_table()) {
    text << toml::json_formatter{*table};
  } else if (const toml::array* array = node.as_array()) {
    text << toml::json_formatter{*array};
  } else {
    toml::array one;
    node.visit([&](const auto& value) { one.push_back(value); });
    text << toml::json_formatter{one};
    return nlohmann::json::parse(text.str()).at(0);
  }
  return nlohmann::json::parse(text.str());
}

// Reads the elements of an array of knobs; an error names the element's own line.
template <typename T>
std::vector<T> read_list(const std::string& path, const toml::node& list) {
  const toml::array* array = list.as_array();
  if (!array || array->empty()) {
    throw Error(place(path, list) + ": found no list, expected an array with at least one entry");
  }
  std::vector<T> result;
  for (const toml::node& entry : *array) {
    try {
      T value{};
      if constexpr (std::is_same_v<T, double>) {
        const auto number = entry.value<double>();
        if (!number) throw Error("found " + as_json(entry).dump() + ", expected a number");
        if (!(*number >= 0 && *number <= 1e6)) {
          throw Error("found " + as_json(entry).dump() + ", expected a number from 0 to 1e6");
        }
        value = *number;
      } else {
        from_json(as_json(entry), value);
      }
      result.push_back(std::move(value));
    } catch (const Error& error) {
      throw Error(place(path, entry) + ": " + error.what());
    }
  }
  return result;
}

GridProduct read_product(const std::string& path, const toml::table& table) {
  GridProduct product;
  for (const auto& [key, node] : table) {
    if (key == "weighting") {
      product.weightings = read_list<PairWeighting>(path, node);
    } else if (key == "normalisation") {
      product.normalisations = read_list<Normalisation>(path, node);
    } else if (key == "history") {
      product.histories = read_list<HistoryWeighting>(path, node);
    } else if (key == "content") {
      product.content = read_list<double>(path, node);
    } else if (key == "ease") {
      product.ease = read_list<EaseOptions>(path, node);
    } else if (key == "content_alone" && node.is_boolean()) {
      product.content_alone = node.value_or(false);
    } else {
      throw Error(place(path, node) + ": found the key '" + std::string(key.str()) +
                  "', expected one of weighting, normalisation, history, content, ease, "
                  "content_alone (true or false)");
    }
  }
  if (product.histories.empty()) product.histories.push_back({});
  if (product.normalisations.empty()) product.normalisations.push_back({});
  if (product.variants().empty()) {
    throw Error(place(path, table) +
                ": found a [[product]] without a matrix, expected weighting, "
                "ease or content_alone");
  }
  return product;
}

}  // namespace

GridSpace read_space(const std::string& toml_path) {
  toml::table root;
  try {
    root = toml::parse_file(toml_path);
  } catch (const toml::parse_error& error) {
    throw Error(toml_path + ", line " + std::to_string(error.source().begin.line) + ": " +
                std::string(error.description()));
  }
  GridSpace space;
  for (const auto& [key, node] : root) {
    const toml::array* products = key == "product" ? node.as_array() : nullptr;
    if (!products) {
      throw Error(place(toml_path, node) + ": found the key '" + std::string(key.str()) +
                  "', expected [[product]] tables");
    }
    for (const toml::node& product : *products) {
      if (!product.is_table()) {
        throw Error(place(toml_path, product) + ": found a value, expected a [[product]] table");
      }
      space.push_back(read_product(toml_path, *product.as_table()));
    }
  }
  if (space.empty()) throw Error(toml_path + ": found no [[product]], expected at least one");
  return space;
}

}  // namespace kaskad
