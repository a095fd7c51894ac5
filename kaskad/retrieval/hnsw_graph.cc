#include "kaskad/retrieval/hnsw_graph.h"

#include <algorithm>

#include "kaskad/core/npy.h"

namespace kaskad {

void HnswGraph::place() {
  offsets_.resize(levels_.size());
  uint64_t end = 0;
  for (size_t i = 0; i < levels_.size(); ++i) {
    offsets_[i] = end;
    end += (levels_[i] + uint64_t{2}) * static_cast<uint64_t>(links_);
  }
  const auto highest = std::max_element(levels_.begin(), levels_.end());
  entry_ = levels_.empty() ? -1 : static_cast<int32_t>(highest - levels_.begin());
}

void HnswGraph::save(const std::string& directory) const {
  write_npy(directory + "/graph_levels.npy", levels_);
  const auto m = static_cast<size_t>(links_);
  write_npy(directory + "/graph_neighbors.npy", neighbors_, {neighbors_.size() / m, m});
}

HnswGraph HnswGraph::load(const std::string& directory, size_t num_items) {
  const NpyFile<uint8_t> levels(directory + "/graph_levels.npy");
  const NpyFile<int32_t> neighbors(directory + "/graph_neighbors.npy");
  const auto damaged = [](const std::string& path, size_t found, const std::string& expected) {
    return Error("'" + path + "' is no graph of these items: found " + std::to_string(found) +
                 ", expected " + expected);
  };
  if (levels.size() != num_items) {
    throw damaged(levels.path(), levels.size(), std::to_string(num_items) + " levels");
  }
  HnswGraph graph;
  if (neighbors.shape().size() != 2 || neighbors.shape()[1] == 0 || neighbors.shape()[1] > 1024) {
    throw damaged(neighbors.path(), neighbors.shape().size(), "rows of 1 to 1024 links");
  }
  graph.links_ = static_cast<int>(neighbors.shape()[1]);
  graph.levels_.assign(levels.values().begin(), levels.values().end());
  graph.place();
  uint64_t rows = 0;
  for (const uint8_t level : graph.levels_) rows += level + uint64_t{2};
  if (neighbors.shape()[0] != rows) {
    throw damaged(neighbors.path(), neighbors.shape()[0], std::to_string(rows) + " rows");
  }
  graph.neighbors_.assign(neighbors.values().begin(), neighbors.values().end());
  for (size_t i = 0; i < num_items; ++i) {
    for (int level = 0; level <= graph.levels_[i]; ++level) {
      for (const int32_t to : graph.neighbors(static_cast<int32_t>(i), level)) {
        // A link on a level leads to an item of that level: else its links there are not stored.
        const bool sound = to == -1 || (to >= 0 && static_cast<size_t>(to) < num_items &&
                                        graph.levels_[static_cast<size_t>(to)] >= level);
        if (!sound) throw damaged(neighbors.path(), i, "items with links to items of their level");
      }
    }
  }
  return graph;
}

}  // namespace kaskad
