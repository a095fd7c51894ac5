#include "kaskad/core/error.h"

#include <cstring>

namespace kaskad {

Error data_error(const std::string& file, size_t line, const std::string& field,
                 const std::string& found, const std::string& expected) {
  std::string text = file;
  if (line > 0) text += ", line " + std::to_string(line);
  if (!field.empty()) text += ", column '" + field + "'";
  text += ": found " + found;
  if (!expected.empty()) text += ", expected " + expected;
  return Error(text);
}

Error system_error(const std::string& doing, const std::string& path, int errno_value) {
  return Error("cannot " + doing + " '" + path + "': " + std::strerror(errno_value));
}

void assertion_failed(const char* condition, const char* file, int line) {
  throw std::logic_error(std::string("kaskad bug: ") + condition + " does not hold at " + file +
                         ":" + std::to_string(line));
}

}  // namespace kaskad
