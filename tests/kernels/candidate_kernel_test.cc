#include "kaskad/kernels/candidate_kernel.h"

#include <cmath>

#include "kaskad/core/error.h"
#include "tests/kernels/drawn_candidates.h"
#include "tests/kernels/simd_targets.h"

namespace kaskad {
namespace {

using Case = CandidateCase;
using Drawn = DrawnCandidates;

std::vector<float> reference(const Drawn& of) {
  std::vector<float> scores(of.tokens.size() * of.weights.actions());
  score_candidates_reference(of.weights, of.keys, of.list, scores);
  return scores;
}

std::vector<float> kernel(const Drawn& of, const CandidateKernel& kernel,
                          const CandidateList& list) {
  std::vector<float> scores(list.tokens.size() * of.weights.actions());
  kernel.score(kernel.pack(of.keys), list, scores);
  return scores;
}

double deviation_of(const std::vector<float>& x) {
  double sum = 0, squares = 0;
  for (const float value : x) sum += value, squares += static_cast<double>(value) * value;
  const auto n = static_cast<double>(x.size());
  return std::sqrt(squares / n - sum / n * sum / n);
}

double mean_difference(const std::vector<float>& a, const std::vector<float>& b) {
  double squares = 0;
  for (size_t i = 0; i < a.size(); ++i) squares += std::pow(static_cast<double>(a[i]) - b[i], 2);
  return std::sqrt(squares / static_cast<double>(a.size()));
}

class CandidateKernelTest : public testing::TestWithParam<Case> {};

INSTANTIATE_TEST_SUITE_P(
    Forms, CandidateKernelTest,
    testing::Values(
        Case{.name = "one_candidate", .candidates = 1}, Case{.name = "seven", .candidates = 7},
        Case{.name = "one_more_than_a_tile"}, Case{.name = "itself", .self = true},
        Case{.name = "itself_alone", .events = 1, .self = true, .gaps = false},
        Case{.name = "no_gaps", .gaps = false}, Case{.name = "empty_history", .events = 1},
        Case{.name = "long_history", .events = 203, .candidates = 20},
        Case{.name = "one_head_one_layer", .heads = 1, .layers = 1},
        Case{.name = "narrow_heads", .dimension = 20, .heads = 4, .events = 7, .self = true},
        Case{.name = "odd_heads", .dimension = 39, .heads = 3, .events = 13},
        Case{.name = "many_numbers", .dimension = 8, .numbers = 41, .actions = 11, .events = 3},
        Case{.name = "no_numbers", .dimension = 32, .numbers = 0, .actions = 2},
        Case{.name = "crossed", .numbers = 13, .crosses = 2},
        Case{.name = "crossed_three_times",
             .dimension = 20,
             .numbers = 0,
             .self = true,
             .crosses = 3},
        Case{.name = "crossed_by_low_rank", .numbers = 41, .crosses = 2, .cross_rank = 5}),
    [](const auto& one) { return std::string(one.param.name); });

TEST_P(CandidateKernelTest, EqualsItsReferenceOnEveryTarget) {
  const Drawn drawn(GetParam());
  const auto want = reference(drawn);
  for_each_target([&] {
    const CandidateKernel fp32(drawn.weights, CandidatePrecision::kFp32);
    const auto got = kernel(drawn, fp32, drawn.list);
    for (size_t i = 0; i < want.size(); ++i) ASSERT_NEAR(got[i], want[i], 2e-5) << i;
  });
}

TEST_P(CandidateKernelTest, OfCodesStaysCloseToItOnEveryTarget) {
  const Drawn drawn(GetParam());
  const auto want = reference(drawn);
  for_each_target([&] {
    const CandidateKernel int8(drawn.weights, CandidatePrecision::kInt8);
    // Deviations of the scores over candidates are about 0.7.
    EXPECT_LT(mean_difference(kernel(drawn, int8, drawn.list), want), 0.03);
  });
}

TEST_P(CandidateKernelTest, GivesACandidateTheSameScoreInEveryBlock) {
  const Drawn drawn(GetParam());
  const size_t m = drawn.tokens.size(), actions = drawn.weights.actions();
  for (const auto precision : {CandidatePrecision::kFp32, CandidatePrecision::kInt8}) {
    const CandidateKernel one(drawn.weights, precision);
    const auto whole = kernel(drawn, one, drawn.list);
    for (size_t first = 0; first < m; first += 5) {
      const size_t count = std::min<size_t>(5, m - first);
      const auto part = kernel(drawn, one, drawn.part(first, count));
      for (size_t i = 0; i < part.size(); ++i) {
        ASSERT_EQ(part[i], whole[first * actions + i]) << first << ", " << i;
      }
    }
  }
}

TEST(CandidateKernel, EqualsItsReferenceOnThousandsOfCandidates) {
  const Drawn drawn({.name = "", .candidates = 3000});
  const auto want = reference(drawn);
  const CandidateKernel fp32(drawn.weights, CandidatePrecision::kFp32);
  const CandidateKernel int8(drawn.weights, CandidatePrecision::kInt8);
  const auto got = kernel(drawn, fp32, drawn.list);
  for (size_t i = 0; i < want.size(); ++i) ASSERT_NEAR(got[i], want[i], 2e-5) << i;
  EXPECT_LT(mean_difference(kernel(drawn, int8, drawn.list), want), 0.03 * deviation_of(want));
}

TEST(CandidateKernel, RefusesWeightsThatDoNotFitTogether) {
  Drawn drawn({.name = ""});
  drawn.weights.layers[1].up.bias.pop_back();
  try {
    const CandidateKernel kernel(drawn.weights, CandidatePrecision::kFp32);
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "weights of a candidates' kernel, 'layer1.up.bias': found 255 numbers, "
                 "expected 256");
  }
}

}  // namespace
}  // namespace kaskad
