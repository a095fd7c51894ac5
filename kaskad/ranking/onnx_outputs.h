// The scores of an ONNX ranker: which column of which output each head is. Private to
// kaskad/ranking/.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "kaskad/onnx/session.h"
#include "kaskad/ranking/onnx_mapping.h"

namespace kaskad {

// Read-only, thread-safe.
class OnnxOutputs {
 public:
  // Throws Error saying what the graph declares and what the mapping asks for.
  OnnxOutputs(const std::vector<OnnxHead>& heads, const OnnxSession& session);

  // Numbers of the outputs to be asked.
  std::span<const size_t> wanted() const { return wanted_; }

  // `answers` as wanted(); `out` is (candidates, heads). An output may have any shape that has as
  // many values as candidates, or a multiple of that: then the last dimension is its columns.
  // Throws Error naming an output that has not, or a score that is no number.
  void write(std::span<const OwnedTensor> answers, size_t candidates, std::span<float> out) const;

 private:
  struct Bound {
    size_t answer = 0;  // place in wanted_
    OnnxHead head;
  };
  size_t find(const OnnxHead& head, const OnnxSession& session) const;
  void write_head(const Bound& bound, const OwnedTensor& answer, size_t candidates, float* out,
                  size_t stride) const;

  std::string path_;
  std::vector<TensorSpec> declared_;  // (outputs of the graph)
  std::vector<size_t> wanted_;
  std::vector<Bound> bound_;  // (heads)
};

}  // namespace kaskad
