// One table of a TOML file, read key by key: every error names file, line and key, what was found
// and what is allowed; keys that nobody asked for are an error of finish(). Called by the readers
// of cascades and of the mappings of ONNX rankers.
#pragma once

#include <toml++/toml.h>

#include <string>
#include <string_view>
#include <vector>

#include "kaskad/core/error.h"

namespace kaskad {

// Throws Error naming file and line. `path` names the text in errors.
toml::table parse_toml(std::string_view text, const std::string& path);

class TomlReader {
 public:
  // `prefix` goes before the keys in errors: "rank" makes "rank.keep".
  TomlReader(std::string path, const toml::table& table, std::string prefix);

  bool has(const char* key);  // notes the key as known
  // "cascade.toml, line 7, key 'rank.bundle'": how an error about the value begins.
  std::string place(const char* key) const;

  // What is there; `value` stays as it is where the key is not.
  void text(const char* key, std::string& value);
  void truth(const char* key, bool& value);
  void whole(const char* key, size_t& value, size_t least, size_t most);
  void number(const char* key, double& value, double least, double most);
  void texts(const char* key, std::vector<std::string>& value);
  void need(const char* key);  // throws where the key is not there

  // The tables of a list of them, or of a single one where `single` allows that.
  std::vector<TomlReader> tables(const char* key);
  TomlReader table(const char* key);
  // The names in a table of tables, which are all known.
  std::vector<std::string> names() const;
  bool is_text(const char* key) const;

  void finish() const;

  [[noreturn]] void fail(const char* key, const std::string& found,
                         const std::string& expected) const;

 private:
  const toml::node* find(const char* key);
  std::string where(const toml::node* node, const std::string& key) const;

  std::string path_, prefix_;
  const toml::table* table_;
  std::vector<std::string> known_;
};

// What stands in the file, for a message: long text is cut.
std::string found_in(const toml::node& node);

}  // namespace kaskad
