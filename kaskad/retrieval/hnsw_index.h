// Approximate search by a graph: the cost grows with the width of the search and hardly with the
// catalogue, so it is for millions of items. What is found is scored again as the exact scan does.
#pragma once

#include <memory>
#include <optional>

#include "kaskad/core/pool.h"
#include "kaskad/kernels/dot_scan.h"
#include "kaskad/kernels/top_k.h"
#include "kaskad/retrieval/built_index.h"
#include "kaskad/retrieval/hnsw_graph.h"

namespace kaskad {

// Refers to the items, which must outlive it.
class HnswIndex : public BuiltIndex {
 public:
  // `width` is how many items a search keeps on its way (at least k of them): the knob between
  // recall and speed.
  HnswIndex(std::span<const float> items, size_t dimension, HnswGraph graph, size_t width);
  ~HnswIndex() override;

  void search(std::span<const float> vectors, std::span<const ItemFilter* const> filters, size_t k,
              std::span<ScoredItem> out) const override;
  size_t bytes() const override { return graph_.bytes(); }
  void save_files(const std::string& directory) const override { graph_.save(directory); }

  size_t width() const { return width_; }
  void set_width(size_t width) { width_ = width; }  // not while others search

 private:
  struct Scratch;

  int32_t descend(const float* query) const;
  bool walk(const float* query, const ItemFilter* filter, size_t width, Scratch& scratch) const;
  void search_one(const float* query, const ItemFilter* filter, size_t k, Scratch& scratch,
                  TopK& top) const;
  void scan(const float* query, const ItemFilter* filter, TopK& top) const;
  float score(const float* query, int32_t item) const { return dot_(query, row(item), dimension_); }
  const float* row(int32_t item) const {
    return items_.data() + static_cast<size_t>(item) * dimension_;
  }

  std::span<const float> items_;
  size_t dimension_, width_;
  HnswGraph graph_;
  DotFunction dot_;
  mutable Pool<Scratch> scratch_;
};

}  // namespace kaskad
