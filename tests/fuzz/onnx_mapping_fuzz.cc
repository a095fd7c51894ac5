#include "tests/fuzz/mapping_target.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size) {
  kaskad::fuzz::mapping({reinterpret_cast<const char*>(data), size});
  return 0;
}
