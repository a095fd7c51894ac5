// The inputs of an ONNX ranker's graph, each bound to its source by the mapping: from a request to
// tensors of the types and shapes that the graph declares. Private to kaskad/ranking/.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kaskad/onnx/session.h"
#include "kaskad/ranking/onnx_sources.h"

namespace kaskad {

// Read-only, thread-safe.
class OnnxInputs {
 public:
  // Memory of one request.
  struct Scratch {
    OnnxHistory history;
    std::vector<OnnxValues> values;              // (inputs)
    std::vector<std::vector<std::byte>> packed;  // (inputs)
    std::vector<TensorBytes> tensors;            // (inputs), into `packed`
  };

  // `tables` must outlive it. Throws Error that shows both sides where the graph and the mapping do
  // not name the same inputs, or a type or shape differs.
  OnnxInputs(const OnnxMapping& mapping, const OnnxTables& tables, const OnnxSession& session);

  // What the sources say of the request; then the tensors of candidates [first, first + count),
  // good until the next call.
  void read(const RankRequest& request, Scratch& scratch) const;
  std::span<const TensorBytes> pack(Scratch& scratch, size_t first, size_t count) const;

 private:
  struct Bound {
    OnnxSource source;
    ElementType type = ElementType::kFloat;
    std::optional<float> missing;
    bool without_batch = false;  // of a list: the graph has no dimension of 1 in front
    bool with_last = false;      // the graph has a dimension of 1 behind
  };

  void bind(const OnnxInput& input, const OnnxTables& tables, const TensorSpec& declared,
            const std::string& path);
  std::vector<int64_t> shape(const Bound& bound, int64_t candidates, int64_t places) const;
  std::string given_text(const Bound& bound) const;
  // Whether the declared dimensions can be these; finds out which dimensions of 1 are there.
  bool fit(Bound& bound, const TensorSpec& declared) const;
  void pack_one(const Bound& bound, const OnnxValues& values, size_t first, size_t count,
                std::vector<std::byte>& out) const;

  OnnxMapping mapping_;
  size_t num_items_;
  std::vector<Bound> bound_;  // (inputs of the graph)
};

}  // namespace kaskad
