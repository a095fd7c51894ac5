#pragma once

#include <gtest/gtest.h>

#include <string>

namespace kaskad {

// The page itself is too long to print: the failure names the part alone.
inline testing::AssertionResult contains(const std::string& page, const std::string& part) {
  if (page.find(part) != std::string::npos)
    return testing::AssertionSuccess() << "'" << part << "' is there";
  return testing::AssertionFailure() << "'" << part << "' is not there";
}

}  // namespace kaskad
