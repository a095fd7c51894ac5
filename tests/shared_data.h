// The real logs that some tests read. They lie beside the repository in ../shared/data, or where
// the environment variable KASKAD_SHARED_DATA points; "none" leaves those tests out (sanitizers).
//
//   KASKAD_SHARED_FILE(path, "ml-1m/interactions.csv.gz");  // skips the test when it is absent
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace kaskad {

inline std::string shared_data(const std::string& name) {
  const char* given = std::getenv("KASKAD_SHARED_DATA");
  return (given ? std::string(given) : std::string(KASKAD_SOURCE_DIR "/../shared/data")) + "/" +
         name;
}

}  // namespace kaskad

#define KASKAD_SHARED_FILE(variable, name)                         \
  const std::string variable = ::kaskad::shared_data(name);        \
  if (!std::filesystem::exists(variable)) {                        \
    GTEST_SKIP() << "needs the log " << variable << " (" name ")"; \
  }                                                                \
  static_assert(true)
