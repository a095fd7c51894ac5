#include "tests/fuzz/metrics_text_target.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size) {
  kaskad::fuzz::metrics_text({reinterpret_cast<const char*>(data), size});
  return 0;
}
