// Errors a user can act on. Thrown for bad input, bad files and bad options; never for our own
// bugs (those are KASKAD_ASSERT) and never on the request path for an expected outcome.
#pragma once

#include <stdexcept>
#include <string>

namespace kaskad {

// One sentence that says what went wrong, where, what was found and what was expected.
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& what) : std::runtime_error(what) {}
};

// "ratings.csv, line 7, column 'timestamp': found 'abc', expected a whole number".
// Line 0 and empty parts are left out.
Error data_error(const std::string& file, size_t line, const std::string& field,
                 const std::string& found, const std::string& expected);

// "cannot open 'x.csv': No such file or directory", with the system's text for `errno_value`.
Error system_error(const std::string& doing, const std::string& path, int errno_value);

[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);

}  // namespace kaskad

// A fact about our own code; input never breaks it.
#define KASKAD_ASSERT(condition) \
  ((condition) ? void(0) : ::kaskad::assertion_failed(#condition, __FILE__, __LINE__))
