// One table of a TOML file, read key by key: every error names file, line and key, what was found
// and what is allowed; keys that nobody asked for are an error of finish(). Called by the readers
// of cascades and experiments. The TOML library stays in toml_reader.cc.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kaskad/core/config_place.h"
#include "kaskad/core/error.h"

namespace kaskad {

// A value that is not read but handed on, as it would be written behind `key =`.
struct TomlEntry {
  std::string key;    // path from the table, its parts joined by dots: "blend.mmr.lambda"
  std::string value;  // "0.7", "'last_good'", "[ 1, 2 ]"
  ConfigPlace place = {};
};

// Holds the whole file; copies share it.
class TomlReader {
 public:
  // The outermost table. Throws Error where there is no such file, or it is no TOML.
  static TomlReader open(const std::string& path);
  // The same with other values, and further ones, at the keys of `set`. Throws Error naming the
  // place of one that has no table to go into.
  static TomlReader open(const std::string& path, const std::vector<TomlEntry>& set);
  // The same of a text; `path` is named in errors.
  static TomlReader parse(std::string_view text, const std::string& path);

  bool has(const char* key);  // notes the key as known
  ConfigPlace place(const char* key) const;

  // What is there; `value` stays as it is where the key is not.
  void text(const char* key, std::string& value);
  void truth(const char* key, bool& value);
  void whole(const char* key, size_t& value, size_t least, size_t most);
  void number(const char* key, double& value, double least, double most);
  void texts(const char* key, std::vector<std::string>& value);
  void need(const char* key);  // throws where the key is not there

  // The tables of a list of them; none where the key is not.
  std::vector<TomlReader> tables(const char* key);
  TomlReader table(const char* key);
  // The names in a table of tables; they do not count as known yet.
  std::vector<std::string> names() const;
  bool is_text(const char* key) const;

  // Every value of this table and of the tables in it, by its whole path. The keys count as known.
  std::vector<TomlEntry> entries();

  void finish() const;

  [[noreturn]] void fail(const char* key, const std::string& found,
                         const std::string& expected) const;

 private:
  struct Node;
  // `prefix` goes before the keys in errors: "rank" makes "rank.keep".
  TomlReader(std::string path, std::shared_ptr<const Node> table, std::string prefix);
  std::string inner(const std::string& key) const {
    return prefix_.empty() ? key : prefix_ + "." + key;
  }
  void add_entries(const Node& node, const std::string& prefix,
                   std::vector<TomlEntry>& entries) const;

  std::string path_, prefix_;
  std::shared_ptr<const Node> table_;
  std::vector<std::string> known_;
};

}  // namespace kaskad
