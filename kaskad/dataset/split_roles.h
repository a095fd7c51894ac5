// What becomes of each event in a split, in one word; what `kaskad split` writes beside it.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "kaskad/dataset/split.h"

namespace kaskad {

// Read-only. The split must outlive it.
class SplitRoles {
 public:
  SplitRoles(const Dataset& dataset, const Split& split);

  // "test", "validation", "validation-2", ...: that phase asks for the event (a validation window's
  // are learned for the test). Of the others, seen from the test:
  //   "train"   it is learned
  //   "shown"   it is history that comes with a question, but is not learned
  //   "unused"  neither
  std::string_view role(size_t user, size_t position) const;

 private:
  struct Asked {
    std::string_view name;
    std::vector<uint32_t> begin, end;  // (users): events [begin, end) are asked
  };

  const Split& split_;
  std::vector<Asked> asked_;  // the test first
};

}  // namespace kaskad
