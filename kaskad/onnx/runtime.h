// Owners of what ONNX Runtime's C interface hands out, and its one environment. Included by the
// .cc files of this folder alone.
#pragma once

#include <onnxruntime_c_api.h>

#include <memory>
#include <string>

namespace kaskad::ort {

const OrtApi& api();

// The environment of the process: silent, with an arena that all sessions share. Never released:
// sessions may live in static objects that end in any order.
OrtEnv& environment();

// Throws Error "WHAT: what ONNX Runtime says" unless `status` is null; releases it.
void check(OrtStatus* status, const std::string& what);

template <typename T, void (*OrtApi::*release)(T*)>
struct Release {
  void operator()(T* handle) const { (api().*release)(handle); }
};
template <typename T, void (*OrtApi::*release)(T*)>
using Handle = std::unique_ptr<T, Release<T, release>>;

using Session = Handle<OrtSession, &OrtApi::ReleaseSession>;
using Options = Handle<OrtSessionOptions, &OrtApi::ReleaseSessionOptions>;
using MemoryInfo = Handle<OrtMemoryInfo, &OrtApi::ReleaseMemoryInfo>;
using TypeInfo = Handle<OrtTypeInfo, &OrtApi::ReleaseTypeInfo>;
using ShapeInfo = Handle<OrtTensorTypeAndShapeInfo, &OrtApi::ReleaseTensorTypeAndShapeInfo>;
using Tensor = Handle<OrtValue, &OrtApi::ReleaseValue>;

MemoryInfo cpu_memory();

}  // namespace kaskad::ort
