#include "tests/fuzz/grpc_tensor_target.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size) {
  kaskad::fuzz::grpc_tensors({reinterpret_cast<const char*>(data), size});
  return 0;
}
