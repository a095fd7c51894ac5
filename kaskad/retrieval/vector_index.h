// The items whose vectors have the largest inner product with a query's: exact or approximate
// behind one contract, with the query's filter applied inside the search. Called by the retrievers
// whose score is a dot product.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "kaskad/model/retriever.h"
#include "kaskad/model/top_k.h"

namespace kaskad {

enum class IndexKind {
  kExact,      // fp32 scan
  kExactInt8,  // int8 scan of all, the best rescored in fp32
  kHnsw,       // graph (faiss), over vectors lifted so that inner product becomes cosine
  kAuto,       // the fastest of these that reaches `recall` on this catalogue
};

struct IndexOptions {
  IndexKind kind = IndexKind::kExact;
  double recall = 0.98;  // of the exact top-`recall_k`; below it a build is refused, or not chosen
  size_t recall_k = 100;
  size_t sample = 200;   // item vectors asked as queries to measure recall, when none are given
  int hnsw_links = 32, hnsw_build = 200, hnsw_search = 200;
  int threads = 0;  // of the build
};

// How well a built index finds what an exact scan finds.
struct IndexReport {
  IndexKind kind = IndexKind::kExact;
  double recall = 1;            // mean share of the exact top recall_k
  double seconds_a_query = 0;   // one thread, measured at the build
  double build_seconds = 0;
  size_t bytes = 0;
};

// Read-only after its build, thread-safe.
class VectorIndex {
 public:
  virtual ~VectorIndex() = default;

  // Row q of `out` (k a row) becomes the best items that filters[q] lets through, by falling inner
  // product with row q of `vectors` (queries, dimension), ties to the lower item; then kNoItem.
  // With `filters` empty all items are let through. One thread.
  virtual void search(std::span<const float> vectors, std::span<const ItemFilter* const> filters,
                      size_t k, std::span<ScoredItem> out) const = 0;

  virtual const IndexReport& report() const = 0;
};

// `items` is (num_items, dimension), row-major, and must outlive the index. `queries`
// (n, dimension) are typical user vectors to measure recall with; empty: item vectors are asked.
// Throws Error when a named approximate kind misses the asked recall.
std::unique_ptr<VectorIndex> build_index(std::span<const float> items, size_t dimension,
                                         std::span<const float> queries,
                                         const IndexOptions& options);

std::string to_string(IndexKind kind);
IndexKind parse_index_kind(const std::string& text);  // throws Error naming the allowed ones
void to_json(nlohmann::json& json, const IndexReport& report);

}  // namespace kaskad
