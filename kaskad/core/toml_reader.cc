#include "kaskad/core/toml_reader.h"

#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <sstream>

#include "kaskad/core/file.h"
#include "kaskad/core/nearest_name.h"

namespace kaskad {

// A table, and the file that it lies in.
struct TomlReader::Node {
  std::shared_ptr<const toml::table> file;
  const toml::table* table;

  const toml::node* get(const char* key) const { return table->get(key); }
};

namespace {

std::string plain(double number) {
  std::ostringstream out;
  out << number;
  return out.str();
}

// What stands in the file, for a message: long text is cut.
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

// A value that was set from elsewhere is known by its place there.
std::string where(const std::string& path, const toml::node& node, const std::string& key) {
  const auto& source = node.source().path;
  if (source && *source != path) return *source + ", as " + path + ", key '" + key + "'";
  const auto line = node.source().begin.line;
  return path + (line > 0 ? ", line " + std::to_string(line) : "") + ", key '" + key + "'";
}

// Numbers in their shortest form: the library writes 0.7 as 0.69999999999999996.
std::string as_toml(const toml::node& node) {
  if (const auto* number = node.as_floating_point(); number && std::isfinite(number->get())) {
    char text[32];
    const auto end = std::to_chars(text, text + sizeof text, number->get());
    const std::string shortest(text, end.ptr);
    return shortest.find_first_of(".e") == std::string::npos ? shortest + ".0" : shortest;
  }
  std::ostringstream out;
  node.visit([&](const auto& value) { out << value; });
  return out.str();
}

}  // namespace

TomlReader::TomlReader(std::string path, std::shared_ptr<const Node> table, std::string prefix)
    : path_(std::move(path)), prefix_(std::move(prefix)), table_(std::move(table)) {}

TomlReader TomlReader::parse(std::string_view text, const std::string& path) {
  try {
    auto file = std::make_shared<const toml::table>(toml::parse(text, path));
    const toml::table* table = file.get();
    return {path, std::make_shared<const Node>(Node{std::move(file), table}), ""};
  } catch (const toml::parse_error& error) {
    throw Error(path + ", line " + std::to_string(error.source().begin.line) + ": " +
                std::string(error.description()));
  }
}

TomlReader TomlReader::open(const std::string& path) {
  if (!std::filesystem::exists(path)) throw Error("there is no file '" + path + "'");
  return parse(read_file(path), path);
}

namespace {

// The table that holds the last part of the key; further tables are made as TOML does.
toml::table& table_of(toml::table& root, const TomlEntry& entry, std::string& last) {
  toml::table* table = &root;
  std::istringstream parts(entry.key);
  std::string part;
  std::getline(parts, last, '.');
  while (std::getline(parts, part, '.')) {
    if (!table->get(last)) table->insert(last, toml::table{});
    toml::node* inner = table->get(last);
    if (!inner->is_table()) {
      throw Error(entry.place.text + ": found no table '" + last + "' to put it into but " +
                  found_in(*inner));
    }
    table = inner->as_table();
    last = part;
  }
  return *table;
}

}  // namespace

TomlReader TomlReader::open(const std::string& path, const std::vector<TomlEntry>& set) {
  if (set.empty()) return open(path);
  const TomlReader original = open(path);
  auto file = std::make_shared<toml::table>(*original.table_->table);
  for (const TomlEntry& entry : set) {
    std::string last;
    toml::table& table = table_of(*file, entry, last);
    toml::table value = toml::parse("value = " + entry.value, entry.place.text);
    table.insert_or_assign(last, std::move(*value.get("value")));
  }
  const toml::table* table = file.get();
  return {path, std::make_shared<const Node>(Node{std::move(file), table}), ""};
}

bool TomlReader::has(const char* key) {
  known_.emplace_back(key);
  return table_->get(key) != nullptr;
}

bool TomlReader::is_text(const char* key) const {
  const toml::node* node = table_->get(key);
  return node && node->is_string();
}

ConfigPlace TomlReader::place(const char* key) const {
  const toml::node* node = table_->get(key);
  return {where(path_, node ? *node : *table_->table, inner(key))};
}

void TomlReader::fail(const char* key, const std::string& found,
                      const std::string& expected) const {
  throw Error(place(key).text + ": found " + found + ", expected " + expected);
}

void TomlReader::need(const char* key) {
  if (!has(key)) throw Error(place(key).text + ": found nothing, expected the key");
}

void TomlReader::text(const char* key, std::string& value) {
  known_.emplace_back(key);
  const toml::node* node = table_->get(key);
  if (!node) return;
  const auto* text = node->as_string();
  if (!text || text->get().empty()) fail(key, found_in(*node), "a text");
  value = text->get();
}

void TomlReader::truth(const char* key, bool& value) {
  known_.emplace_back(key);
  const toml::node* node = table_->get(key);
  if (!node) return;
  if (!node->is_boolean()) fail(key, found_in(*node), "true or false");
  value = node->as_boolean()->get();
}

void TomlReader::whole(const char* key, size_t& value, size_t least, size_t most) {
  known_.emplace_back(key);
  const toml::node* node = table_->get(key);
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
  known_.emplace_back(key);
  const toml::node* node = table_->get(key);
  if (!node) return;
  const auto number = node->is_number() ? node->value<double>() : std::nullopt;
  if (!number || !(*number >= least) || !(*number <= most)) {
    fail(key, found_in(*node), "a number of " + plain(least) + " to " + plain(most));
  }
  value = *number;
}

void TomlReader::texts(const char* key, std::vector<std::string>& value) {
  known_.emplace_back(key);
  const toml::node* node = table_->get(key);
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
  known_.emplace_back(key);
  const toml::node* node = table_->get(key);
  std::vector<TomlReader> readers;
  if (!node) return readers;
  const auto* list = node->as_array();
  if (!list) fail(key, found_in(*node), "a list of tables");
  for (const toml::node& element : *list) {
    const auto* table = element.as_table();
    if (!table) fail(key, found_in(element), "a table in the list");
    readers.push_back({path_, std::make_shared<const Node>(Node{table_->file, table}), inner(key)});
  }
  return readers;
}

TomlReader TomlReader::table(const char* key) {
  known_.emplace_back(key);
  const toml::node* node = table_->get(key);
  if (!node || !node->is_table()) fail(key, node ? found_in(*node) : "nothing", "a table");
  return {path_, std::make_shared<const Node>(Node{table_->file, node->as_table()}), inner(key)};
}

void TomlReader::add_entries(const Node& node, const std::string& prefix,
                             std::vector<TomlEntry>& entries) const {
  for (const auto& [name, value] : *node.table) {
    const std::string key = (prefix.empty() ? "" : prefix + ".") + std::string(name.str());
    if (const toml::table* table = value.as_table()) {
      add_entries({node.file, table}, key, entries);
    } else {
      entries.push_back({key, as_toml(value), {where(path_, value, inner(key))}});
    }
  }
}

std::vector<TomlEntry> TomlReader::entries() {
  for (const auto& [key, node] : *table_->table) known_.emplace_back(key.str());
  std::vector<TomlEntry> entries;
  add_entries(*table_, "", entries);
  return entries;
}

std::vector<std::string> TomlReader::names() const {
  std::vector<std::string> names;
  for (const auto& [key, node] : *table_->table) names.emplace_back(key.str());
  return names;
}

void TomlReader::finish() const {
  for (const auto& [key, node] : *table_->table) {
    const std::string name(key.str());
    if (std::ranges::find(known_, name) != known_.end()) continue;
    std::vector<std::string> sorted = known_;
    std::ranges::sort(sorted);
    sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
    throw Error(where(path_, node, inner(name)) + ": found an unknown key, expected " +
                one_of(sorted, name));
  }
}

}  // namespace kaskad
