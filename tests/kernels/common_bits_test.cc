#include "kaskad/kernels/common_bits.h"

#include <random>
#include <vector>

#include "tests/kernels/simd_targets.h"

namespace kaskad {
namespace {

using Words = hwy::AlignedFreeUniquePtr<uint64_t[]>;

Words random_words(size_t count, uint32_t seed) {
  std::mt19937_64 random(seed);
  Words words = hwy::AllocateAligned<uint64_t>(count);
  std::generate_n(words.get(), count, [&] { return random() & random(); });
  return words;
}

TEST(CommonBits, EqualThePlainFormOnEveryTarget) {
  for_each_target([] {
    for (const size_t words : {8u, 16u, 40u}) {
      for (const size_t rows : {0u, 1u, 4u, 7u, 33u}) {
        SCOPED_TRACE(testing::Message() << rows << " rows of " << words << " words");
        const Words row = random_words(words, 1), others = random_words(rows * words + 8, 2);
        std::vector<uint32_t> fast(rows, 1), plain(rows, 2);
        common_bits(row.get(), others.get(), rows, words, fast.data());
        common_bits_reference(row.get(), others.get(), rows, words, plain.data());
        EXPECT_EQ(fast, plain);
      }
    }
  });
}

TEST(CommonBits, ByHand) {
  // 0b1011 shares two bits with 0b0110 | 0b1000 and one with 0b0100 | 0b0001.
  Words row = random_words(8, 1), others = random_words(16, 1);
  std::fill_n(row.get(), 8, 0);
  std::fill_n(others.get(), 16, 0);
  row[7] = 0b1011, others[7] = 0b1110, others[8 + 7] = 0b0101;
  uint32_t counts[2];
  common_bits(row.get(), others.get(), 2, 8, counts);
  EXPECT_EQ(counts[0], 2u);
  EXPECT_EQ(counts[1], 1u);
}

}  // namespace
}  // namespace kaskad
