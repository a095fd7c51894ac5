#include "tests/fuzz/infer_target.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size) {
  kaskad::fuzz::infer({reinterpret_cast<const char*>(data), size});
  return 0;
}
