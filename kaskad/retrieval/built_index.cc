#include "kaskad/retrieval/built_index.h"

#include <cmath>

#include "kaskad/core/error.h"
#include "kaskad/retrieval/exact_index.h"
#include "kaskad/retrieval/hnsw_index.h"
#include "kaskad/retrieval/int8_index.h"

namespace kaskad {

void check_finite(const ItemRows& items, const char* what) {
  for (size_t i = 0; i < items.rows.size(); ++i) {
    if (std::isfinite(items.rows[i])) continue;
    throw Error(std::string(what) + " " + std::to_string(i / items.dimension) + ", coordinate " +
                std::to_string(i % items.dimension) + ": found " + std::to_string(items.rows[i]) +
                ", expected a finite number");
  }
}

std::unique_ptr<BuiltIndex> make_index(IndexKind kind, const ItemRows& items,
                                       const IndexOptions& options) {
  switch (kind) {
    case IndexKind::kExact:
      return std::make_unique<ExactIndex>(items.rows, items.dimension);
    case IndexKind::kExactInt8:
      return std::make_unique<Int8Index>(items.rows, items.dimension);
    case IndexKind::kHnsw:
      return std::make_unique<HnswIndex>(
          items.rows, items.dimension,
          HnswGraph::build(items.rows, items.dimension, options.hnsw_links, options.hnsw_build,
                           options.threads),
          static_cast<size_t>(options.hnsw_search));
    case IndexKind::kAuto:
      break;
  }
  KASKAD_ASSERT(!"kAuto is none to make");
  return nullptr;
}

}  // namespace kaskad
