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
  kExactInt8,  // int8 scan of all, the best rescored in fp32; where it helps, behind one of bounds
  kHnsw,       // graph (faiss), over inverted vectors: hnsw_graph.h says why
  kAuto,       // the fastest of these that reaches `recall` on this catalogue
};

struct IndexOptions {
  IndexKind kind = IndexKind::kExact;
  double recall = 0.98;  // of the exact top-`recall_k`; below it a build is refused, or not chosen
  size_t recall_k = 100;
  size_t sample = 200;    // queries asked to measure recall and time: of those given, or items
  int hnsw_links = 32;    // neighbours of an item in the graph, twice as many on its lowest level
  int hnsw_build = 200;   // width of the search for them
  int hnsw_search = 200;  // width of a search, at least k; kAuto also tries 2, 4 and 8 times this
  // Of the build of a graph. One thread gives the same graph from the same items; more (0: all
  // there are) are faster and do not.
  int threads = 1;
};

// How well a built index finds what an exact scan finds.
struct IndexReport {
  IndexKind kind = IndexKind::kExact;
  double recall = 1;  // mean share of the exact top recall_k
  size_t recall_k = 0;
  double seconds_a_query = 0;  // median of the sample, one query at a time on one thread
  double build_seconds = 0;
  size_t bytes = 0;  // beside the items
  // Of kExactInt8: places of the bounds that are scanned first (leading_bounds.h); 0: none, as they
  // did not prove enough of the sample's answers.
  size_t leading = 0;
};

// Read-only after its build, thread-safe. Vectors that are not finite find nothing.
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
// Measuring holds the exact index beside the new one for a while: twice the memory of the items.
// Throws Error when a named approximate kind misses the asked recall, or when an item is not
// finite.
std::unique_ptr<VectorIndex> build_index(std::span<const float> items, size_t dimension,
                                         std::span<const float> queries,
                                         const IndexOptions& options);

// Writes index.json (the kind that was chosen, its report) and what takes longer to make than to
// read: the graph of kHnsw. The rest is made again by load_index(). For bundles, which keep the
// checksums and, as a file of their own, the items.
void save_index(const VectorIndex& index, const std::string& directory);

// The same index over the same items, with the report of its build. Nothing is measured again.
// Throws Error naming the file that is missing, damaged or of other items.
std::unique_ptr<VectorIndex> load_index(std::span<const float> items, size_t dimension,
                                        const std::string& directory);

std::string to_string(IndexKind kind);
IndexKind parse_index_kind(const std::string& text);  // throws Error naming the allowed ones
void to_json(nlohmann::json& json, const IndexReport& report);
void from_json(const nlohmann::json& json, IndexReport& report);

}  // namespace kaskad
