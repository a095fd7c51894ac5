#include "kaskad/kernels/history_kernel.h"

#include <algorithm>

#include "kaskad/core/error.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kaskad/kernels/history_kernel.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kaskad/kernels/candidate_tile-inl.h"

KASKAD_BEFORE_CODES
namespace kaskad {
namespace HWY_NAMESPACE {

// Columns of a tile -> rows of the array (heads, events, size), from event `first` on.
void write_events(const float* columns, const CandidateParts& parts, size_t events, size_t first,
                  size_t count, float* out) {
  const size_t size = parts.size();
  for (size_t head = 0; head < parts.heads; ++head) {
    for (size_t c = 0; c < count; ++c) {
      float* row = out + (head * events + first + c) * size;
      const float* from = columns + head * size * kTileColumns + c;
      for (size_t i = 0; i < size; ++i) row[i] = from[i * kTileColumns];
    }
  }
}

// The tiles hold x of all events; a layer needs the keys of all of them before any goes on.
void encode_tiles_simd(const CandidateParts& parts, size_t events, std::span<TileScratch> tiles,
                       PackedKeys& keys, HistoryArrays& out) {
  const auto count_of = [&](size_t tile) {
    return std::min(kTileColumns, events - tile * kTileColumns);
  };
  for (size_t l = 0; l < parts.layers.size(); ++l) {
    const bool last = l + 1 == parts.layers.size();
    for (size_t t = 0; t < tiles.size(); ++t) {
      Tile(parts, keys, tiles[t], count_of(t)).project_event(parts.layers[l], !last);
      const size_t first = t * kTileColumns;
      write_events(tiles[t].key, parts, events, first, count_of(t), out[2 * l].data());
      write_events(tiles[t].value, parts, events, first, count_of(t), out[2 * l + 1].data());
    }
    if (last) return;
    pack_keys(parts, out[2 * l], out[2 * l + 1], keys);
    for (size_t t = 0; t < tiles.size(); ++t) {
      Tile(parts, keys, tiles[t], count_of(t)).finish(parts.layers[l], l);
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace kaskad
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace kaskad {
namespace {

void add_row(std::span<const float> table, int64_t row, size_t dimension, float* x) {
  if (table.empty()) return;
  const float* from = table.data() + static_cast<size_t>(row) * dimension;
  for (size_t i = 0; i < dimension; ++i) x[i] += from[i];
}

// x of one event, in the order of the graph's sums.
void embed(const CandidateWeights& weights, const EventList& events, size_t event, float* x) {
  const size_t d = weights.dimension;
  const auto token = static_cast<size_t>(events.tokens[event]);
  const float* row = token == weights.num_tokens() ? weights.events.begin.data()
                                                   : weights.tokens.data() + token * d;
  std::copy_n(row, d, x);
  if (!weights.events.actions.empty()) {
    add_row(weights.events.actions, events.actions[event], d, x);
  }
  add_row(weights.events.positions, static_cast<int64_t>(event), d, x);
  if (!weights.events.gaps.empty()) add_row(weights.events.gaps, events.gaps[event], d, x);
}

bool in_range(std::span<const int64_t> codes, std::span<const float> table, size_t dimension,
              size_t events) {
  if (table.empty()) return true;
  return codes.size() == events && std::all_of(codes.begin(), codes.end(), [&](int64_t code) {
           return static_cast<uint64_t>(code) < table.size() / dimension;
         });
}

void check_events(const CandidateWeights& weights, const EventList& events) {
  const size_t d = weights.dimension, count = events.tokens.size();
  KASKAD_ASSERT(count > 0 && count <= weights.num_places());
  KASKAD_ASSERT(std::all_of(events.tokens.begin(), events.tokens.end(), [&](int64_t token) {
    return static_cast<uint64_t>(token) <= weights.num_tokens();
  }));
  KASKAD_ASSERT(in_range(events.gaps, weights.events.gaps, d, count));
  KASKAD_ASSERT(in_range(events.actions, weights.events.actions, d, count));
}

}  // namespace

HWY_EXPORT(encode_tiles_simd);

HistoryKernel::HistoryKernel(const CandidateWeights& weights)
    : weights_(weights),
      parts_(history_parts(weights)),
      scratch_([] { return std::make_unique<Scratch>(); }) {
  if (!weights.events.given()) {
    throw Error("weights of a history's kernel, 'events': found none");
  }
}

HistoryKernel::~HistoryKernel() = default;

void HistoryKernel::encode(const EventList& events, HistoryArrays& out) const {
  check_events(weights_, events);
  const size_t d = weights_.dimension, count = events.tokens.size();
  const size_t tiles = (count + kTileColumns - 1) / kTileColumns;
  KASKAD_ASSERT(out.size() == 2 * parts_.layers.size());
  for (const auto& array : out) KASKAD_ASSERT(array.size() == count * d);
  const Pool<Scratch>::Loan scratch(scratch_);
  if (scratch->tiles.size() < tiles || scratch->tiles.front().events < count) {
    const size_t longest = std::max(weights_.num_places(), count);
    scratch->tiles.clear();
    for (size_t t = 0; t < tiles; ++t) scratch->tiles.emplace_back(parts_, longest);
  }
  std::vector<float> x(d);
  for (size_t event = 0; event < count; ++event) {
    embed(weights_, events, event, x.data());
    float* column = scratch->tiles[event / kTileColumns].x + event % kTileColumns;
    for (size_t i = 0; i < d; ++i) column[i * kTileColumns] = x[i];
  }
  scratch->keys.events = count;
  scratch->keys.keys.clear();
  scratch->keys.values.clear();
  HWY_DYNAMIC_DISPATCH(encode_tiles_simd)
  (parts_, count, std::span(scratch->tiles).first(tiles), scratch->keys, out);
}

}  // namespace kaskad
#endif  // HWY_ONCE
