#include "kaskad/core/toml_reader.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "kaskad/core/nearest_name.h"

namespace kaskad {
namespace {

std::string plain(double number) {
  std::ostringstream out;
  out << number;
  return out.str();
}

}  // namespace

std::string found_in(const toml::node& node) {
  if (node.is_table()) return "a table";
  if (node.is_array()) return "a list";
  std::ostringstream out;
  node.visit([&](const auto& value) {
    if constexpr (toml::is_string<decltype(value)>) {
      out << "'" << value.get() << "'";
    } else if constexpr (toml::is_value<decltype(value)>) {
      out << std::boolalpha << value.get();
    }
  });
  const std::string text = out.str();
  return text.size() <= 60 ? text : text.substr(0, 57) + "...";
}

toml::table parse_toml(std::string_view text, const std::string& path) {
  try {
    return toml::parse(text, path);
  } catch (const toml::parse_error& error) {
    throw Error(path + ", line " + std::to_string(error.source().begin.line) + ": " +
                std::string(error.description()));
  }
}

TomlReader::TomlReader(std::string path, const toml::table& table, std::string prefix)
    : path_(std::move(path)), prefix_(std::move(prefix)), table_(&table) {}

const toml::node* TomlReader::find(const char* key) {
  known_.emplace_back(key);
  return table_->get(key);
}

bool TomlReader::has(const char* key) { return find(key) != nullptr; }

bool TomlReader::is_text(const char* key) const {
  const toml::node* node = table_->get(key);
  return node && node->is_string();
}

std::string TomlReader::where(const toml::node* node, const std::string& key) const {
  const auto line = (node ? node->source() : table_->source()).begin.line;
  return path_ + (line > 0 ? ", line " + std::to_string(line) : "") + ", key '" +
         (prefix_.empty() ? "" : prefix_ + ".") + key + "'";
}

std::string TomlReader::place(const char* key) const { return where(table_->get(key), key); }

void TomlReader::fail(const char* key, const std::string& found,
                      const std::string& expected) const {
  throw Error(where(table_->get(key), key) + ": found " + found + ", expected " + expected);
}

void TomlReader::need(const char* key) {
  if (!has(key)) throw Error(where(nullptr, key) + ": found nothing, expected the key");
}

void TomlReader::text(const char* key, std::string& value) {
  const toml::node* node = find(key);
  if (!node) return;
  const auto* text = node->as_string();
  if (!text || text->get().empty()) fail(key, found_in(*node), "a text");
  value = text->get();
}

void TomlReader::truth(const char* key, bool& value) {
  const toml::node* node = find(key);
  if (!node) return;
  if (!node->is_boolean()) fail(key, found_in(*node), "true or false");
  value = node->as_boolean()->get();
}

void TomlReader::whole(const char* key, size_t& value, size_t least, size_t most) {
  const toml::node* node = find(key);
  if (!node) return;
  const auto* number = node->as_integer();
  if (!number || number->get() < static_cast<int64_t>(least) ||
      number->get() > static_cast<int64_t>(most)) {
    fail(key, found_in(*node),
         "a whole number of " + std::to_string(least) + " to " + std::to_string(most));
  }
  value = static_cast<size_t>(number->get());
}

void TomlReader::number(const char* key, double& value, double least, double most) {
  const toml::node* node = find(key);
  if (!node) return;
  const auto number = node->is_number() ? node->value<double>() : std::nullopt;
  if (!number || !(*number >= least) || !(*number <= most)) {
    fail(key, found_in(*node), "a number of " + plain(least) + " to " + plain(most));
  }
  value = *number;
}

void TomlReader::texts(const char* key, std::vector<std::string>& value) {
  const toml::node* node = find(key);
  if (!node) return;
  const auto* list = node->as_array();
  if (!list) fail(key, found_in(*node), "a list of texts");
  for (const toml::node& element : *list) {
    const auto* text = element.as_string();
    if (!text) fail(key, found_in(element), "a text in the list");
    value.push_back(text->get());
  }
}

std::vector<TomlReader> TomlReader::tables(const char* key) {
  const toml::node* node = find(key);
  std::vector<TomlReader> readers;
  if (!node) return readers;
  const auto* list = node->as_array();
  if (!list) fail(key, found_in(*node), "a list of tables");
  for (const toml::node& element : *list) {
    const auto* table = element.as_table();
    if (!table) fail(key, found_in(element), "a table in the list");
    readers.emplace_back(path_, *table, (prefix_.empty() ? "" : prefix_ + ".") + key);
  }
  return readers;
}

TomlReader TomlReader::table(const char* key) {
  const toml::node* node = find(key);
  if (!node || !node->is_table()) fail(key, node ? found_in(*node) : "nothing", "a table");
  return {path_, *node->as_table(), (prefix_.empty() ? "" : prefix_ + ".") + key};
}

std::vector<std::string> TomlReader::names() const {
  std::vector<std::string> names;
  for (const auto& [key, node] : *table_) names.emplace_back(key.str());
  return names;
}

void TomlReader::finish() const {
  for (const auto& [key, node] : *table_) {
    const std::string name(key.str());
    if (std::ranges::find(known_, name) != known_.end()) continue;
    std::vector<std::string> sorted = known_;
    std::ranges::sort(sorted);
    sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
    throw Error(where(&node, name) + ": found an unknown key, expected " + one_of(sorted, name));
  }
}

}  // namespace kaskad
