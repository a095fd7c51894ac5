// The SIMD code that was chosen for this CPU, against the plain form of the same: every kernel, on
// sizes that are no multiple of a vector.
#include <hwy/aligned_allocator.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <span>

#include "cli/doctor.h"
#include "kaskad/core/error.h"
#include "kaskad/kernels/common_bits.h"
#include "kaskad/kernels/log_share.h"
#include "kaskad/kernels/pair_accumulator.h"
#include "kaskad/kernels/tile_scorer.h"
#include "kaskad/kernels/top_k.h"

namespace kaskad::cli {
namespace {

template <typename T>
struct Aligned {
  explicit Aligned(size_t count) : memory(hwy::AllocateAligned<T>(count)), size(count) {
    if (!memory) throw std::bad_alloc();
    std::fill_n(memory.get(), count, T{});
  }
  Aligned(size_t count, std::mt19937& random) : Aligned(count) {
    std::uniform_real_distribution<float> uniform(0, 1);
    std::generate_n(memory.get(), count, [&] { return uniform(random); });
  }
  T* get() { return memory.get(); }
  std::span<const T> all() const { return {memory.get(), size}; }

  hwy::AlignedFreeUniquePtr<T[]> memory;
  size_t size;
};

void expect_near(const char* kernel, std::span<const float> fast, std::span<const float> plain) {
  for (size_t i = 0; i < fast.size(); ++i) {
    if (std::abs(fast[i] - plain[i]) <= 1e-4f * (1 + std::abs(plain[i]))) continue;
    throw Error(std::string(kernel) + ": " + std::to_string(fast[i]) + ", the plain code says " +
                std::to_string(plain[i]));
  }
}

void check_tile_scorer(std::mt19937& random) {
  constexpr size_t kItems = 37, kCount = 19;
  Aligned<float> slab(kItems * kTile, random), weights(kCount * kHistoryLanes, random);
  Aligned<float> fast(kHistoryLanes * kTile), plain(kHistoryLanes * kTile);
  uint32_t items[kCount];
  for (uint32_t& item : items) item = static_cast<uint32_t>(random() % kItems);
  for (const CombineOp op : {CombineOp::kSum, CombineOp::kLogProduct, CombineOp::kMax}) {
    score_tile(op, slab.get(), items, weights.get(), kCount, fast.get());
    score_tile_reference(op, slab.get(), items, weights.get(), kCount, plain.get());
    expect_near("tile scorer", fast.all(), plain.all());
  }
  uint32_t above[2][kHistoryLanes] = {}, equal[2][kHistoryLanes] = {};
  const float* const targets = plain.get() + 7 * kHistoryLanes;
  count_ranks(plain.get(), 0x50, targets, above[0], equal[0]);
  count_ranks_reference(plain.get(), 0x50, targets, above[1], equal[1]);
  if (!std::equal(above[0], above[1], above[1]) || !std::equal(equal[0], equal[1], equal[1])) {
    throw Error("tile scorer: ranks differ from those of the plain code");
  }
}

void check_pair_accumulator(std::mt19937& random) {
  constexpr size_t kItems = 11, kEvents = 40, kGaps = 30;
  uint32_t item[kEvents];
  double day[kEvents];
  for (size_t e = 0; e < kEvents; ++e) {
    item[e] = static_cast<uint32_t>(random() % kItems);
    day[e] = -1.5 * static_cast<double>(kEvents - e);
  }
  Aligned<float> gap((kGaps + 1) * kLanes, random), user(kLanes, random), reverse(kLanes, random);
  Aligned<float> gap_rate(kLanes, random), age_rate(kLanes, random), limit(kLanes);
  std::fill_n(limit.get(), kLanes, 20.0f);
  const LaneTables tables{.gap = gap.get(),
                          .max_gap = kGaps,
                          .reverse = reverse.get(),
                          .any_reverse = true,
                          .uses_time = true,
                          .gap_rate = gap_rate.get(),
                          .age_rate = age_rate.get(),
                          .time_limit = limit.get()};
  Aligned<float> fast(kItems * kLanes), plain(kItems * kLanes);
  uint8_t is_touched[2][kItems] = {};
  uint32_t touched[2][kItems + 1] = {};
  size_t count[2] = {};
  for (const size_t event : {0ul, 17ul, kEvents - 1}) {
    const Neighbourhood around{
        .item = item, .day = day, .begin = 0, .end = kEvents, .event = event};
    count[0] = accumulate_lanes(around, tables, user.get(), fast.get(), is_touched[0], touched[0],
                                count[0]);
    count[1] = accumulate_lanes_reference(around, tables, user.get(), plain.get(), is_touched[1],
                                          touched[1], count[1]);
  }
  expect_near("pair accumulator", fast.all(), plain.all());
  if (!std::equal(is_touched[0], is_touched[1], is_touched[1]) || count[0] != count[1]) {
    throw Error("pair accumulator: other items were touched than by the plain code");
  }
}

// Against sorting everything; many scores tie.
void check_top_k(std::mt19937& random) {
  constexpr size_t kCount = 1003, kBest = 17;
  float scores[kCount];
  std::vector<Candidate> sorted;
  for (uint32_t j = 0; j < kCount; ++j) {
    scores[j] = static_cast<float>(random() % 50);
    if (scores[j] > 0) sorted.push_back({scores[j], j});
  }
  std::sort(sorted.begin(), sorted.end(), better);
  TopK top(kBest);
  offer_all(scores, kCount, 0, 0.0f, top);
  const std::vector<Candidate>& best = top.finish();
  for (size_t i = 0; i < kBest; ++i) {
    if (i < best.size() && best[i].item == sorted[i].item) continue;
    throw Error("top-k: place " + std::to_string(i + 1) + " is not what sorting gives");
  }
}

void check_common_bits(std::mt19937& random) {
  constexpr size_t kRows = 7, kWords = 24;
  Aligned<uint64_t> row(kWords), rows(kRows * kWords);
  const auto word = [&] { return uint64_t{random()} << 32 | random(); };
  std::generate_n(row.get(), kWords, word);
  std::generate_n(rows.get(), kRows * kWords, word);
  uint32_t fast[kRows], plain[kRows];
  common_bits(row.get(), rows.get(), kRows, kWords, fast);
  common_bits_reference(row.get(), rows.get(), kRows, kWords, plain);
  if (!std::equal(fast, fast + kRows, plain)) {
    throw Error("common bits: counts differ from those of the plain code");
  }
}

void check_log_share(std::mt19937& random) {
  constexpr size_t kCount = 37;
  Aligned<float> scores(kCount, random), fast(kCount), plain(kCount);
  add_log_share(scores.get(), kCount, 300.0f, -0.5f, fast.get());
  add_log_share_reference(scores.get(), kCount, 300.0f, -0.5f, plain.get());
  expect_near("log share", fast.all(), plain.all());
}

}  // namespace

std::string check_kernels() {
  std::mt19937 random(1);
  check_tile_scorer(random);
  check_pair_accumulator(random);
  check_top_k(random);
  check_common_bits(random);
  check_log_share(random);
  return std::string("five kernels on ") + simd_target() + " equal their plain code";
}

}  // namespace kaskad::cli
