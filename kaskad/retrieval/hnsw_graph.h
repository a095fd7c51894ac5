// The graph of an HNSW index (1603.09320), built by faiss over vectors for which the links lead to
// large inner products. Called by hnsw_index.cc, which searches it.
//
// Why not over the items as they are: HNSW assumes that neighbours of neighbours are near, which
// holds for distances. Inner product is none. In a graph of raw inner products everything links to
// the few items of large norm, and long lists, or items of small norm, are not found. The usual
// reduction, one coordinate sqrt(M^2 - |x|^2) more, does make the nearest in L2 the largest in
// inner product, but it crowds all items of usual norm around one pole, and the items of large
// norm, which are the answers, stand apart with hardly a link to them.
//
// So the graph is that of the inverted items (Zhou et al., "Moebius transformation for fast inner
// product search on graph", NeurIPS 2019):
//   x' = x / |x|^2,
// under which the items of large norm lie nearest to the origin and the boundary around it is what
// can be an answer at all; neighbours in L2 of x' are neighbours in the Delaunay graph of inner
// product. The search then walks by <q, x> itself. bench/vector_search shows the recall.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace kaskad {

// Links of every item on every level it is on; level 0 holds all items.
class HnswGraph {
 public:
  // `links` of an item on a level, twice as many on level 0; `build` is the width of the search for
  // neighbours. One thread gives the same graph from the same items; more are faster and do not.
  static HnswGraph build(std::span<const float> items, size_t dimension, int links, int build,
                         int threads);

  // graph_levels.npy and graph_neighbors.npy in `directory`. load() throws Error naming the file
  // when it is no graph of `num_items` items.
  void save(const std::string& directory) const;
  static HnswGraph load(const std::string& directory, size_t num_items);

  size_t num_items() const { return levels_.size(); }
  int links() const { return links_; }
  // Where a search begins, and the level it begins on; only with items.
  int32_t entry() const { return entry_; }
  int top_level() const { return levels_[static_cast<size_t>(entry_)]; }

  // Padded with -1 at the end.
  std::span<const int32_t> neighbors(int32_t item, int level) const {
    const auto m = static_cast<size_t>(links_);
    const size_t begin = offsets_[static_cast<size_t>(item)];
    if (level == 0) return {neighbors_.data() + begin, 2 * m};
    return {neighbors_.data() + begin + (static_cast<size_t>(level) + 1) * m, m};
  }

  size_t bytes() const {
    return levels_.size() + offsets_.size() * sizeof(offsets_[0]) +
           neighbors_.size() * sizeof(neighbors_[0]);
  }

 private:
  void place();  // offsets_ and entry_ from levels_

  int links_ = 1;
  int32_t entry_ = -1;           // the first item of the highest level
  std::vector<uint8_t> levels_;  // (items): the highest level of each
  std::vector<uint64_t> offsets_;
  std::vector<int32_t> neighbors_;
};

}  // namespace kaskad
