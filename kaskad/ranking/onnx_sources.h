// The sources that inputs of an ONNX ranker are filled from, found by their names. The same code
// writes them where the bundle is made and where requests are answered. docs/onnx.md lists them.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "kaskad/ranking/onnx_mapping.h"
#include "kaskad/ranking/onnx_tables.h"

namespace kaskad {

// The newest events of a request that the graph sees, oldest first, and the places that they take.
struct OnnxHistory {
  std::vector<size_t> events;  // of RankRequest::history; those of unknown items are left out
  size_t places = 0;           // at least as many
  size_t first = 0;            // place of the first event
};

OnnxHistory select_history(const RankRequest& request, const OnnxMapping& mapping,
                           size_t num_items);

// What a source says of one request, in one of the two vectors: of the request once, or of each
// candidate in turn. Numbers that are not known are NaN, ids and codes 0.
struct OnnxValues {
  std::vector<float> numbers;
  std::vector<int64_t> whole;
};

struct OnnxSource {
  // Which element types can hold it: fractions, ids and codes, 0 and 1.
  enum class Kind { kNumbers, kIds, kFlags } kind = Kind::kNumbers;
  bool of_candidates = false;
  // Dimensions behind that of the candidates; -1: the places of the history, where these are free.
  std::vector<int64_t> shape = {};
  std::function<void(const RankRequest&, const OnnxHistory&, OnnxValues&)> write;
};

// What `tables` must outlive the source. Throws Error beginning with the input's place when there
// is no such source, feature or column.
OnnxSource make_onnx_source(const OnnxInput& input, const OnnxMapping& mapping,
                            const OnnxTables& tables);

std::vector<std::string> onnx_source_names();

}  // namespace kaskad
