#include "kaskad/retrieval/hnsw_index.h"

#include <algorithm>

#include "kaskad/core/aligned_array.h"
#include "kaskad/retrieval/block_scan.h"

namespace kaskad {
namespace {

// Reading the whole catalogue once is cheaper than following links through 1/16 of it: where a
// filter leaves so little that the walk gets that far, or the list asked for is that long.
constexpr size_t kScanShare = 16;

// Heap orders: with Worse the best is in front, with Nearer the worst. Scores alone decide: among
// equals it is the scoring at the end that orders by item.
struct Worse {
  bool operator()(const Candidate& a, const Candidate& b) const { return a.score < b.score; }
};
struct Nearer {
  bool operator()(const Candidate& a, const Candidate& b) const { return a.score > b.score; }
};

template <typename Order>
void push(std::vector<Candidate>& heap, Candidate candidate, Order order) {
  heap.push_back(candidate);
  std::push_heap(heap.begin(), heap.end(), order);
}

template <typename Order>
Candidate pop(std::vector<Candidate>& heap, Order order) {
  std::pop_heap(heap.begin(), heap.end(), order);
  const Candidate candidate = heap.back();
  heap.pop_back();
  return candidate;
}

void prefetch(const float* row, size_t dimension) {
  constexpr size_t kLine = 64 / sizeof(float);
  for (size_t i = 0; i < dimension; i += kLine) __builtin_prefetch(row + i);
}

}  // namespace

struct HnswIndex::Scratch {
  explicit Scratch(size_t num_items) : stamps(num_items, 0) {}

  void start() {
    if (++stamp == 0) {  // wrapped round: the old stamps would look new
      std::fill(stamps.begin(), stamps.end(), uint16_t{0});
      stamp = 1;
    }
    seen = 0;
    open.clear();
    kept.clear();
  }

  // Whether the item is met for the first time.
  bool visit(int32_t item) {
    uint16_t& mark = stamps[static_cast<size_t>(item)];
    if (mark == stamp) return false;
    mark = stamp;
    ++seen;
    return true;
  }

  std::vector<uint16_t> stamps;  // (items)
  uint16_t stamp = 0;
  size_t seen = 0;
  std::vector<Candidate> open;  // whose links are to be followed, best first
  std::vector<Candidate> kept;  // the best let through so far, worst first
  std::vector<int32_t> fresh;   // neighbours met for the first time
};

HnswIndex::HnswIndex(std::span<const float> items, size_t dimension, HnswGraph graph, size_t width)
    : items_(items),
      dimension_(dimension),
      width_(width),
      graph_(std::move(graph)),
      dot_(dot_function()),
      scratch_([count = graph_.num_items()] { return std::make_unique<Scratch>(count); }) {
  KASKAD_ASSERT(graph_.num_items() == items.size() / dimension);
}

HnswIndex::~HnswIndex() = default;

// The best item that greedy steps from the top reach on level 1.
int32_t HnswIndex::descend(const float* query) const {
  int32_t best = graph_.entry();
  float best_score = score(query, best);
  for (int level = graph_.top_level(); level > 0; --level) {
    for (bool moved = true; moved;) {
      moved = false;
      for (const int32_t next : graph_.neighbors(best, level)) {
        if (next < 0) break;
        const float next_score = score(query, next);
        if (!(next_score > best_score)) continue;
        best = next, best_score = next_score, moved = true;
      }
    }
  }
  return best;
}

// Fills scratch.kept with up to `width` of the best items that the filter lets through; all items
// lead on, let through or not. False when it gave up.
bool HnswIndex::walk(const float* query, const ItemFilter* filter, size_t width,
                     Scratch& scratch) const {
  const size_t limit = 64 * width + graph_.num_items() / kScanShare;
  auto &open = scratch.open, &kept = scratch.kept;
  const auto meet = [&](int32_t item) {
    const Candidate candidate{score(query, item), static_cast<uint32_t>(item)};
    if (kept.size() == width && !(candidate.score > kept.front().score)) return;
    push(open, candidate, Worse());
    if (filter != nullptr && !filter->allows(ItemId{candidate.item})) return;
    push(kept, candidate, Nearer());
    if (kept.size() > width) pop(kept, Nearer());
  };
  scratch.start();
  const int32_t entry = descend(query);
  scratch.visit(entry);
  meet(entry);
  while (!open.empty()) {
    const Candidate from = pop(open, Worse());
    if (kept.size() == width && from.score < kept.front().score) break;
    if (scratch.seen > limit && filter != nullptr) return false;
    auto& fresh = scratch.fresh;
    fresh.clear();
    for (const int32_t next : graph_.neighbors(static_cast<int32_t>(from.item), 0)) {
      if (next < 0) break;
      if (!scratch.visit(next)) continue;
      prefetch(row(next), dimension_);
      fresh.push_back(next);
    }
    for (const int32_t next : fresh) meet(next);
  }
  return true;
}

// All items, in the order of the exact scan.
void HnswIndex::scan(const float* query, const ItemFilter* filter, TopK& top) const {
  AlignedArray<float> block(kScanBlock * dimension_);
  scan_blocks(graph_.num_items(), items_.data(), kScanBlock * dimension_ * sizeof(float),
              {&filter, 1}, std::span<TopK>(&top, 1),
              [&](size_t index, size_t, size_t, const float* thresholds, BlockScores& scores) {
                const size_t first = index * kScanBlock;
                const size_t count = std::min(kScanBlock, graph_.num_items() - first);
                pack_blocks(items_.data() + first * dimension_, count, dimension_, block.data());
                scan_block(block.data(), dimension_, query, 1, thresholds, scores);
              });
}

void HnswIndex::search_one(const float* query, const ItemFilter* filter, size_t k, Scratch& scratch,
                           TopK& top) const {
  const size_t width = std::max(width_, k);
  // Parts of the graph that no link leads to are seen by the scan alone, hence the last condition.
  if (width < graph_.num_items() / kScanShare && walk(query, filter, width, scratch) &&
      scratch.kept.size() >= k) {
    rescore(items_, dimension_, query, scratch.kept, top);
  } else {
    scan(query, filter, top);
  }
}

void HnswIndex::search(std::span<const float> vectors, std::span<const ItemFilter* const> filters,
                       size_t k, std::span<ScoredItem> out) const {
  const size_t num_queries = vectors.size() / dimension_;
  const Pool<Scratch>::Loan scratch(scratch_);
  TopK top;
  for (size_t q = 0; q < num_queries; ++q) {
    top.reset(k);
    if (k > 0 && graph_.num_items() > 0) {
      search_one(vectors.data() + q * dimension_, filter_of(filters, q), k, *scratch, top);
    }
    write_row(top, out.subspan(q * k, k));
  }
}

}  // namespace kaskad
