#include "kaskad/kernels/counted_row.h"

#include <cmath>
#include <random>

#include "tests/kernels/simd_targets.h"

namespace kaskad {

static bool operator==(const Candidate& a, const Candidate& b) {
  return a.score == b.score && a.item == b.item;
}

namespace {

// A row of counts, most of them 0, in `blocks` blocks.
template <typename Count>
struct Row {
  Row(size_t blocks, uint32_t largest, uint32_t seed)
      : counts(hwy::AllocateAligned<Count>(blocks * kCountBlock)), touched(blocks, 0) {
    std::mt19937 random(seed);
    for (size_t block = 0; block < blocks; ++block) {
      const bool is_empty = random() % 3 == 0;
      for (size_t j = block * kCountBlock; j < (block + 1) * kCountBlock; ++j) {
        counts[j] = is_empty || random() % 4 ? Count{0} : static_cast<Count>(random() % largest);
        if constexpr (std::is_same_v<Count, float>) counts[j] /= 7;
        if (counts[j] > 0) touched[block] = 1;
      }
    }
  }
  CountedRow<Count> view(bool whole) {
    return {counts.get(), whole ? nullptr : touched.data(), touched.size()};
  }
  bool is_clear() const {
    return std::all_of(counts.get(), counts.get() + touched.size() * kCountBlock,
                       [](Count count) { return count == 0; });
  }

  hwy::AlignedFreeUniquePtr<Count[]> counts;
  std::vector<uint8_t> touched;
};

// Columns of the last block may be missing, others may weigh nothing.
std::vector<float> some_factors(size_t blocks, bool rising) {
  std::vector<float> factors(blocks * kCountBlock - 5);
  for (size_t j = 0; j < factors.size(); ++j) {
    const auto place = static_cast<float>(rising ? j + 1 : factors.size() - j);
    factors[j] = j % 11 == 3 || j / kCountBlock == 2 ? 0 : std::sqrt(place);
  }
  return factors;
}

template <typename Count>
void expect_reference(size_t blocks, uint32_t largest, bool rising, size_t k) {
  const ColumnFactors factors(some_factors(blocks, rising));
  for (const bool whole : {false, true}) {
    for (const size_t start : {size_t{0}, blocks * 20, blocks * kCountBlock}) {
      SCOPED_TRACE(testing::Message()
                   << blocks << " blocks, counts below " << largest << ", rising " << rising
                   << ", whole " << whole << ", start " << start);
      Row<Count> fast(blocks, largest, 1), plain(blocks, largest, 1);
      const double sum = sum_counts_reference(plain.view(whole));
      EXPECT_NEAR(sum_counts(fast.view(whole)), sum, 1e-6 * sum);
      TopK fast_top(k), plain_top(k);
      offer_products(fast.view(whole), factors, start, fast_top);
      offer_products_reference(plain.view(whole), factors, plain_top);
      EXPECT_EQ(fast_top.finish(), plain_top.finish());
      EXPECT_TRUE(fast.is_clear());
      if (!whole) {
        EXPECT_EQ(fast.touched, std::vector<uint8_t>(blocks, 0));
      }
    }
  }
}

template <typename Count>
void expect_reference_everywhere(uint32_t largest) {
  for_each_target([&] {
    for (const size_t blocks : {1u, 3u, 8u, 21u}) {
      for (const bool rising : {false, true}) {
        for (const size_t k : {1u, 10u, 2000u}) expect_reference<Count>(blocks, largest, rising, k);
      }
    }
  });
}

TEST(OfferProducts, OfBytesEqualThePlainForm) { expect_reference_everywhere<uint8_t>(256); }
TEST(OfferProducts, OfShortsEqualThePlainForm) { expect_reference_everywhere<uint16_t>(65'536); }
TEST(OfferProducts, OfWordsEqualThePlainForm) { expect_reference_everywhere<uint32_t>(1u << 31); }
TEST(OfferProducts, OfFloatsEqualThePlainForm) { expect_reference_everywhere<float>(40); }
TEST(OfferProducts, OfManyTiesEqualThePlainForm) { expect_reference_everywhere<uint8_t>(2); }

TEST(OfferProducts, ByHand) {
  // Products: column 0 gets 3 * 1, column 1 gets 1 * 4, column 2 gets 5 * 0 and is left out.
  const std::vector<float> factor = {1, 4, 0};
  for_each_target([&] {
    Row<uint16_t> row(1, 1, 1);  // counts below 1
    row.counts[0] = 3, row.counts[1] = 1, row.counts[2] = 5;
    row.touched[0] = 1;
    EXPECT_EQ(sum_counts(row.view(false)), 9);
    TopK top(5);
    offer_products(row.view(false), ColumnFactors(factor), 0, top);
    EXPECT_EQ(top.finish(), (std::vector<Candidate>{{4, 1}, {3, 0}}));
  });
}

TEST(OfferProducts, PassOverBlocksThatAreNotMarked) {
  const std::vector<float> factor(2 * kCountBlock, 1);
  Row<uint8_t> row(2, 1, 1);
  row.counts[3] = 7, row.counts[kCountBlock] = 2;
  row.touched[1] = 1;  // and not block 0, which a caller must never do
  TopK top(5);
  offer_products(row.view(false), ColumnFactors(factor), 0, top);
  EXPECT_EQ(top.finish(), (std::vector<Candidate>{{2, kCountBlock}}));
}

TEST(ColumnFactors, KnowWhereTheLargerHalfIs) {
  EXPECT_TRUE(ColumnFactors(std::vector<float>{1, 1, 2, 2}).is_rising());
  EXPECT_FALSE(ColumnFactors(std::vector<float>{2, 2, 1, 1}).is_rising());
  EXPECT_FALSE(ColumnFactors(std::vector<float>{1, 1, 1, 1}).is_rising());
}

}  // namespace
}  // namespace kaskad
