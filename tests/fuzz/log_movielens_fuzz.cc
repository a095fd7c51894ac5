#include "tests/fuzz/log_targets.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size) {
  kaskad::fuzz::movielens({reinterpret_cast<const char*>(data), size});
  return 0;
}
