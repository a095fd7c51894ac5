#include "tests/fuzz/log_targets.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size) {
  kaskad::fuzz::gzip({reinterpret_cast<const char*>(data), size});
  return 0;
}
