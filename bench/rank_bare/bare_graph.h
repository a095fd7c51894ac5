// An ONNX file in ONNX Runtime and nothing else: inputs and outputs bound once, so that run() is
// the library's own time. The rival of a Ranker over the same files.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "kaskad/onnx/runtime.h"

namespace kaskad::bench {

class BareGraph {
 public:
  // One thread, default options. `given` has a value for every input; memory must outlive the
  // graph. Runs once, which allocates the outputs that all later runs write into.
  BareGraph(const std::string& path, const std::map<std::string, OrtValue*>& given);
  ~BareGraph();
  BareGraph(const BareGraph&) = delete;
  BareGraph& operator=(const BareGraph&) = delete;

  void run();
  // Owned by the graph.
  const std::map<std::string, OrtValue*>& outputs() const { return outputs_; }

 private:
  ort::Session session_;
  ort::Handle<OrtIoBinding, &OrtApi::ReleaseIoBinding> binding_;
  std::map<std::string, OrtValue*> outputs_;
};

// A tensor over memory of the caller.
ort::Tensor bare_tensor(const std::vector<int64_t>& values, const std::vector<int64_t>& shape);
ort::Tensor bare_tensor(const std::vector<float>& values, const std::vector<int64_t>& shape);
const float* bare_floats(const OrtValue& value);

}  // namespace kaskad::bench
