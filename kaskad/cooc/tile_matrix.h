// A dense item-item matrix in tiles of target items, the form that kernels/tile_scorer.h reads.
// Worth its memory where much of a small catalogue co-occurs; ItemMatrix serves the rest.
#pragma once

#include <span>

#include "kaskad/cooc/lane_tables.h"
#include "kaskad/kernels/tile_scorer.h"

namespace kaskad {

// (tiles, items, kTile) floats, zero where nothing is set.
class TileMatrix {
 public:
  explicit TileMatrix(size_t num_items)
      : num_items_(num_items),
        num_tiles_((num_items + kTile - 1) / kTile),
        data_(num_tiles_ * num_items * kTile) {}

  size_t num_items() const { return num_items_; }
  size_t num_tiles() const { return num_tiles_; }
  const float* slab(size_t tile) const { return data_.data() + tile * num_items_ * kTile; }

  // Replaces a row; thread-safe for different rows.
  void set_row(uint32_t row, std::span<const uint32_t> columns, std::span<const float> values) {
    for (size_t tile = 0; tile < num_tiles_; ++tile) std::fill_n(at(tile, row), kTile, 0.0f);
    for (size_t c = 0; c < columns.size(); ++c) {
      at(columns[c] / kTile, row)[columns[c] % kTile] = values[c];
    }
  }

 private:
  float* at(size_t tile, size_t row) { return data_.data() + (tile * num_items_ + row) * kTile; }

  size_t num_items_, num_tiles_;
  AlignedFloats data_;
};

}  // namespace kaskad
