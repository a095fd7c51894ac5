#include "kaskad/ranking/amortized_kernel.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "kaskad/core/file.h"
#include "kaskad/core/npy.h"
#include "tests/dataset/messages.h"
#include "tests/kernels/drawn_candidates.h"
#include "tests/temp_dir.h"

namespace kaskad {
namespace {

const CandidateCase kCase{.name = "", .dimension = 12, .heads = 3, .actions = 2, .self = true};

std::vector<float> scores_of(const CandidateWeights& weights, const DrawnCandidates& drawn) {
  std::vector<float> scores(drawn.tokens.size() * weights.actions());
  score_candidates_reference(weights, drawn.keys, drawn.list, scores);
  return scores;
}

TEST(CandidateWeightFiles, GiveBackEveryNumber) {
  const TempDir directory;
  const DrawnCandidates drawn(kCase);
  save_weights(directory.path(), drawn.weights);
  const CandidateWeights loaded = load_weights(directory.path());
  loaded.check();
  EXPECT_EQ(loaded.tokens, drawn.weights.tokens);
  EXPECT_EQ(scores_of(loaded, drawn), scores_of(drawn.weights, drawn));
}

TEST(CandidateWeightFiles, KeepWhatEventsAreMadeOf) {
  const TempDir directory;
  DrawnCandidates drawn(kCase);
  drawn.draw_events(10, /*gaps=*/true, /*actions=*/true);
  save_weights(directory.path(), drawn.weights);
  const EventWeights loaded = load_weights(directory.path()).events;
  EXPECT_EQ(loaded.begin, drawn.weights.events.begin);
  EXPECT_EQ(loaded.positions, drawn.weights.events.positions);
  EXPECT_EQ(loaded.gaps, drawn.weights.events.gaps);
  EXPECT_EQ(loaded.actions, drawn.weights.events.actions);
  drawn.weights.events = {};  // as before there was a kernel for histories
  save_weights(directory.path(), drawn.weights);
  EXPECT_FALSE(load_weights(directory.path()).events.given());
}

TEST(CandidateWeightFiles, SayWhichFileIsDamaged) {
  const TempDir directory;
  EXPECT_TRUE(contains(message_of([&] { load_weights(directory.path()); }), "candidates.json"));
  save_weights(directory.path(), DrawnCandidates(kCase).weights);
  write_npy(directory / "candidates.npy", std::vector<float>(5));
  EXPECT_TRUE(contains(message_of([&] { load_weights(directory.path()); }),
                       "candidates.npy: found 5 numbers, expected "));
  directory.write("candidates.json", "{\"dimension\": 12}");
  EXPECT_TRUE(contains(message_of([&] { load_weights(directory.path()); }),
                       "expected the shape of a neural ranker's weights"));
}

TEST(RankKernel, IsNamedInBundlesAndOnTheCommandLine) {
  for (const char* name : {"onnx", "fp32", "int8"}) {
    EXPECT_EQ(to_string(parse_rank_kernel(name)), name);
  }
  EXPECT_EQ(message_of([] { parse_rank_kernel("bf16"); }),
            "the kernel of a neural ranker: found \"bf16\", expected onnx, fp32 or int8");
}

}  // namespace
}  // namespace kaskad
