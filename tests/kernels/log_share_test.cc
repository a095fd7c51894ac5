#include "kaskad/kernels/log_share.h"

#include <gtest/gtest.h>

#include <vector>

namespace kaskad {
namespace {

TEST(AddLogShare, EqualsThePlainFormAtOddSizesAndStarts) {
  for (const size_t count : {0u, 1u, 7u, 16u, 33u, 1000u}) {
    for (const size_t start : {0u, 1u, 3u}) {
      std::vector<float> scores(start + count), fast(start + count, 0.5f);
      for (size_t j = 0; j < scores.size(); ++j) {
        scores[j] = static_cast<float>(j % 11) * 0.01f - 0.02f;  // some are negative
      }
      std::vector<float> plain = fast;
      add_log_share(scores.data() + start, count, 1e4f, -0.75f, fast.data() + start);
      add_log_share_reference(scores.data() + start, count, 1e4f, -0.75f, plain.data() + start);
      for (size_t j = 0; j < fast.size(); ++j) EXPECT_NEAR(fast[j], plain[j], 1e-5) << j;
    }
  }
}

TEST(AddLogShare, LeavesItemsWithoutEvidenceAlone) {
  const std::vector<float> scores = {0, -1, 0};
  std::vector<float> sums = {1, 2, 3};
  add_log_share(scores.data(), scores.size(), 100, 2, sums.data());
  EXPECT_EQ(sums, (std::vector<float>{1, 2, 3}));
}

}  // namespace
}  // namespace kaskad
