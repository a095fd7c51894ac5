#include "kaskad/train/trainer.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "kaskad/core/file.h"
#include "kaskad/eval/evaluation.h"
#include "kaskad/retrieval/popularity.h"
#include "kaskad/train/sequence_course.h"
#include "tests/dataset/messages.h"
#include "tests/train/tiny_model.h"

namespace kaskad::train {
namespace {

// A training of the tiny model, from its dataset to the outcome.
struct Training {
  Training(const PlantedSequence& planted, const Recipe& given, const std::string& directory)
      : recipe(given),
        identity{given, planted.log.hash, planted.split.hash},
        batcher(planted.log.data, planted.split.validations[0].fit_end, given),
        validation(planted.log.data, planted.split, given),
        learner(tiny_model(planted.log.data, given), given, batcher.target_counts()) {
    at::set_num_threads(1);
    options.directory = directory;
  }
  TrainOutcome run(const Progress& progress = {}) {
    SequenceCourse course(learner, batcher, &validation, nullptr);
    return Trainer(course, identity, options, progress).run();
  }

  Recipe recipe;
  TrainIdentity identity;
  Batcher batcher;
  Validation validation;
  Learner learner;
  TrainerOptions options;
};

bool same_tensors(const NamedTensors& a, const NamedTensors& b) {
  if (a.size() != b.size()) return false;
  for (const auto& [name, tensor] : a) {
    const auto found = b.find(name);
    if (found == b.end() || !torch::equal(tensor, found->second)) return false;
  }
  return true;
}

class TrainerTest : public testing::Test {
 protected:
  std::string directory(const std::string& name) { return temporary_ / name; }

  TempDir temporary_;
  PlantedSequence planted_;
  Recipe recipe_ = tiny_recipe();
};

TEST_F(TrainerTest, LearnsWhatPopularityCannotKnow) {
  recipe_.epochs = 30;
  Training training(planted_, recipe_, directory("run"));
  const TrainOutcome outcome = training.run();
  const auto popularity =
      PopularityRetriever::fit(planted_.log.data, planted_.split.validations[0]);
  EvalOptions options;
  options.metrics = parse_metrics("ndcg@10", Profile::kKaskad);
  const double baseline = evaluate(*popularity, planted_.log.data, planted_.split,
                                   planted_.split.validations[0], options)
                              .metric("ndcg@10")
                              .interval.value;
  EXPECT_LT(baseline, 0.4);
  EXPECT_GT(outcome.state.best_ndcg, 0.8);
  EXPECT_LT(outcome.curve.back().loss, 0.7 * outcome.curve.front().loss);
}

TEST_F(TrainerTest, CurveHasALineAnEpoch) {
  recipe_.epochs = 4;
  recipe_.validate_every = 2;
  recipe_.learning_rate = 0.002;  // not perfect after 4 epochs
  Training training(planted_, recipe_, directory("run"));
  std::vector<std::string> notes;
  training.run([&](const ProgressUpdate& update) { notes.push_back(update.note); });
  const std::vector<CurvePoint> curve = read_curve(directory("run") + "/curve.jsonl");
  ASSERT_EQ(curve.size(), 4u);
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(curve[i].epoch, static_cast<int64_t>(i + 1));
    EXPECT_EQ(curve[i].step, static_cast<int64_t>(7 * (i + 1)));  // 200 users, 32 a batch
    EXPECT_EQ(curve[i].validation.has_value(), i % 2 == 1);
    EXPECT_GT(curve[i].examples_per_second, 0);
    EXPECT_EQ(curve[i].learning_rate, 0.002);
  }
  const ValidationFigures& figures = *curve[3].validation;
  EXPECT_GT(figures.values.at("hit_rate@10"), figures.ndcg());
  EXPECT_GT(figures.values.at("coverage@10"), 0.5);
  EXPECT_GT(figures.values.at("popularity@10"), 0);
  EXPECT_GT(figures.cases, 0u);
  EXPECT_TRUE(contains(notes.back(), "sequences/s"));
  EXPECT_TRUE(contains(notes.back(), "best ndcg@10"));
}

TEST_F(TrainerTest, StopsWhenValidationGetsNoBetterAndKeepsTheBest) {
  recipe_.epochs = 200;
  recipe_.patience = 2;
  recipe_.learning_rate = 0.1;
  Training training(planted_, recipe_, directory("run"));
  const TrainOutcome outcome = training.run();
  EXPECT_LT(outcome.state.epoch, 200);
  EXPECT_EQ(outcome.state.epoch, outcome.state.best_epoch + 2);
  const Checkpoint best = read_checkpoint(directory("run") + "/checkpoints/best");
  EXPECT_EQ(best.state.epoch, outcome.state.best_epoch);
  EXPECT_TRUE(same_tensors(training.learner.model_tensors(), best.tensors));
}

TEST_F(TrainerTest, MeasuresAndKeepsTheAverageOfTheWeights) {
  recipe_.average_decay = 0.9;
  Training training(planted_, recipe_, directory("run"));
  const TrainOutcome outcome = training.run();
  const NamedTensors kept = training.learner.model_tensors();
  EXPECT_TRUE(same_tensors(kept, read_checkpoint(directory("run") + "/checkpoints/best").tensors));
  const ValidationFigures again = training.validation(training.learner.model(), torch::kCPU);
  EXPECT_EQ(again.ndcg(), outcome.state.best_ndcg);
  // The weights that the next step would begin at are others.
  const Checkpoint last = read_checkpoint(directory("run") + "/checkpoints/last");
  EXPECT_FALSE(torch::equal(last.tensors.at("model.out"), kept.at("model.out")));
}

// The process dies in the middle of the 4th epoch; the one that resumes ends where one that was
// never disturbed does, to the last bit.
TEST_F(TrainerTest, ResumesExactlyAfterKill) {
  recipe_.average_decay = 0.9;
  recipe_.dropout = 0.3;
  recipe_.loss = LossKind::kSampledSoftmax;
  recipe_.num_negatives = 5;
  Training whole(planted_, recipe_, directory("whole"));
  const TrainOutcome expected = whole.run();

  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    Training killed(planted_, recipe_, directory("run"));
    killed.options.stop = [&] {
      if (killed.learner.steps() == 3 * 7 + 4) raise(SIGKILL);
      return false;
    };
    killed.run();
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  EXPECT_EQ(read_checkpoint(directory("run") + "/checkpoints/last").state.epoch, 3);

  Training resumed(planted_, recipe_, directory("run"));
  resumed.options.resume = true;
  const TrainOutcome outcome = resumed.run();
  EXPECT_EQ(outcome.state.epoch, 6);
  EXPECT_EQ(outcome.state.best_epoch, expected.state.best_epoch);
  EXPECT_TRUE(same_tensors(read_checkpoint(directory("run") + "/checkpoints/last").tensors,
                           read_checkpoint(directory("whole") + "/checkpoints/last").tensors));
  ASSERT_EQ(outcome.curve.size(), 6u);
  for (size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(outcome.curve[i].loss, expected.curve[i].loss) << "epoch " << i + 1;
    EXPECT_EQ(outcome.curve[i].validation->ndcg(), expected.curve[i].validation->ndcg());
  }
}

TEST_F(TrainerTest, ResumesExactlyWithinAnEpoch) {
  recipe_.dropout = 0.3;
  recipe_.epochs = 3;
  Training whole(planted_, recipe_, directory("whole"));
  const TrainOutcome expected = whole.run();
  Training stopped(planted_, recipe_, directory("run"));
  stopped.options.stop = [&] { return stopped.learner.steps() == 10; };
  const TrainOutcome first = stopped.run();
  EXPECT_TRUE(first.stopped);
  EXPECT_EQ(first.state.epoch, 1);
  EXPECT_EQ(first.state.batch, 3);
  Training resumed(planted_, recipe_, directory("run"));
  resumed.options.resume = true;
  const TrainOutcome outcome = resumed.run();
  EXPECT_EQ(outcome.curve.back().loss, expected.curve.back().loss);
  EXPECT_TRUE(same_tensors(resumed.learner.model_tensors(), whole.learner.model_tensors()));
}

TEST_F(TrainerTest, AnotherRunCannotBeResumed) {
  recipe_.epochs = 1;
  Training(planted_, recipe_, directory("run")).run();
  recipe_.epochs = 2;  // may differ
  recipe_.dimension = 8;
  Training other(planted_, recipe_, directory("run"));
  other.options.resume = true;
  EXPECT_TRUE(contains(message_of([&] { other.run(); }), "dimension = 16, asked is 8"));
}

TEST_F(TrainerTest, LossThatIsNoNumberSaysWhereAndWhatToTry) {
  recipe_.learning_rate = 1e30;
  Training training(planted_, recipe_, directory("run"));
  const std::string what = message_of([&] { training.run(); });
  EXPECT_TRUE(contains(what, "epoch 1, step 2: the loss is nan"));
  EXPECT_TRUE(contains(what, "the largest gradient is"));
  EXPECT_TRUE(contains(what, "Try a smaller learning_rate (now 1e+30), clip_norm = 1 (now 0)"));
}

TEST_F(TrainerTest, SeedsRepeatARun) {
  recipe_.epochs = 2;
  recipe_.dropout = 0.2;
  Training first(planted_, recipe_, directory("a")), second(planted_, recipe_, directory("b"));
  first.run();
  torch::manual_seed(recipe_.seed);  // as a new process would begin
  second.run();
  recipe_.seed = 2;
  Training third(planted_, recipe_, directory("c"));
  third.run();
  EXPECT_TRUE(same_tensors(first.learner.model_tensors(), second.learner.model_tensors()));
  EXPECT_FALSE(same_tensors(first.learner.model_tensors(), third.learner.model_tensors()));
}

TEST_F(TrainerTest, ValidationAsksASample) {
  recipe_.max_validation_users = 50;
  const Validation validation(planted_.log.data, planted_.split, recipe_);
  EXPECT_EQ(validation.phase().cases.size(), 50u);
  const Validation again(planted_.log.data, planted_.split, recipe_);
  EXPECT_EQ(again.phase().cases[7].user, validation.phase().cases[7].user);
}

}  // namespace
}  // namespace kaskad::train
