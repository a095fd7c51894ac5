// The bundle behind the server tests: the battery's log with titles, the counting retriever.
#pragma once

#include "kaskad/model/bundle.h"

namespace kaskad {

// Written once per process, loaded anew each time.
Bundle load_test_bundle();

// The next retrieval of any loaded test bundle throws std::runtime_error.
void throw_on_next_retrieve();

// While it lives, retrievals of any loaded test bundle wait: the first `most` of them.
class HeldRetrievals {
 public:
  explicit HeldRetrievals(size_t most = SIZE_MAX);
  ~HeldRetrievals();
  size_t count() const;  // that have come so far
};

}  // namespace kaskad
