#include "tests/fuzz/experiment_target.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size) {
  kaskad::fuzz::experiment_config({reinterpret_cast<const char*>(data), size});
  return 0;
}
