#include "kaskad/kernels/common_bits.h"

#include <algorithm>
#include <random>
#include <vector>

#include "tests/kernels/simd_targets.h"

namespace kaskad {
namespace {

// Words on a 64-byte boundary, as the kernel wants them.
struct Bits {
  explicit Bits(size_t count) : memory(hwy::AllocateAligned<uint64_t>(count)) {
    std::fill_n(memory.get(), count, 0);
  }
  uint64_t* data() { return memory.get(); }
  hwy::AlignedFreeUniquePtr<uint64_t[]> memory;
};

TEST(CommonBits, ByHand) {
  Bits row(8), rows(2 * 8);
  row.data()[0] = 0b1011;
  row.data()[7] = ~uint64_t{0};
  rows.data()[0] = 0b1110;                 // shares bits 1 and 3
  rows.data()[8 + 0] = 0b0100;             // none of them
  rows.data()[8 + 7] = uint64_t{1} << 63;  // the last user
  for_each_target([&] {
    uint32_t counts[2] = {};
    common_bits(row.data(), rows.data(), 2, 8, counts);
    EXPECT_EQ(counts[0], 2u);
    EXPECT_EQ(counts[1], 1u);
  });
}

TEST(CommonBits, EqualsTheReferenceOnEveryTarget) {
  std::mt19937_64 random(3);
  for (const size_t num_rows : {0u, 1u, 3u, 4u, 5u, 11u}) {  // the kernel takes four at a time
    for (const size_t words : {8u, 16u, 120u}) {
      for (const int kind : {0, 1, 2}) {  // few bits, half of them, all
        const auto word = [&] {
          return kind == 0 ? uint64_t{1} << random() % 64 : kind == 1 ? random() : ~uint64_t{0};
        };
        Bits row(words), rows(std::max<size_t>(1, num_rows * words));
        std::generate_n(row.data(), words, word);
        std::generate_n(rows.data(), num_rows * words, word);
        std::vector<uint32_t> expected(num_rows + 1, 77);  // one more: nothing is written there
        common_bits_reference(row.data(), rows.data(), num_rows, words, expected.data());
        for_each_target([&] {
          std::vector<uint32_t> counts(num_rows + 1, 77);
          common_bits(row.data(), rows.data(), num_rows, words, counts.data());
          EXPECT_EQ(counts, expected) << num_rows << " rows of " << words << " words";
        });
        if (kind == 2 && num_rows > 0) {
          EXPECT_EQ(expected[0], 64 * words);
        }
      }
    }
  }
}

}  // namespace
}  // namespace kaskad
