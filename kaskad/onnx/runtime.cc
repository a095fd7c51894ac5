#include "kaskad/onnx/runtime.h"

#include "kaskad/core/error.h"

namespace kaskad::ort {
namespace {

// The library never prints: what goes wrong comes back as a status.
void ignore_log(void*, OrtLoggingLevel, const char*, const char*, const char*, const char*) {}

const OrtApi* find_api() {
  const OrtApiBase* base = OrtGetApiBase();
  const OrtApi* found = base->GetApi(ORT_API_VERSION);
  if (found == nullptr) {
    throw Error(std::string("ONNX Runtime ") + base->GetVersionString() +
                " is too old: expected one with API " + std::to_string(ORT_API_VERSION));
  }
  return found;
}

OrtEnv* create_environment() {
  OrtEnv* env = nullptr;
  check(
      api().CreateEnvWithCustomLogger(ignore_log, nullptr, ORT_LOGGING_LEVEL_FATAL, "kaskad", &env),
      "cannot start ONNX Runtime");
  check(api().CreateAndRegisterAllocator(env, cpu_memory().get(), nullptr),
        "cannot start ONNX Runtime");
  return env;
}

}  // namespace

const OrtApi& api() {
  static const OrtApi* const instance = find_api();
  return *instance;
}

OrtEnv& environment() {
  static OrtEnv* const instance = create_environment();
  return *instance;
}

void check(OrtStatus* status, const std::string& what) {
  if (status == nullptr) return;
  const std::unique_ptr<OrtStatus, Release<OrtStatus, &OrtApi::ReleaseStatus>> owner(status);
  std::string message = api().GetErrorMessage(status);
  while (message.ends_with('\n')) message.pop_back();
  throw Error(what + ": " + message);
}

MemoryInfo cpu_memory() {
  OrtMemoryInfo* info = nullptr;
  check(api().CreateCpuMemoryInfo(OrtArenaAllocator, OrtMemTypeDefault, &info),
        "cannot describe memory to ONNX Runtime");
  return MemoryInfo(info);
}

}  // namespace kaskad::ort
