#include "kaskad/train/checkpoint.h"

#include <gtest/gtest.h>

#include "kaskad/core/file.h"
#include "kaskad/train/learning_curve.h"
#include "tests/dataset/make_dataset.h"
#include "tests/dataset/messages.h"

namespace kaskad::train {
namespace {

TEST(Safetensors, TensorsComeBackWithTheirTypes) {
  const TempDir directory;
  const NamedTensors tensors = {{"a.b", torch::tensor({{1.5f, -2.f}, {0.f, 3.f}})},
                                {"empty", torch::empty({0, 4})},
                                {"scalar", torch::full({}, 7, torch::kInt64)},
                                {"flags", torch::tensor({true, false, true})},
                                {"strided", torch::arange(6, torch::kFloat64).view({2, 3}).t()},
                                {"bytes", torch::tensor({1, 255}, torch::kUInt8)}};
  write_safetensors(directory / "x", tensors);
  const NamedTensors back = read_safetensors(directory / "x");
  ASSERT_EQ(back.size(), tensors.size());
  for (const auto& [name, tensor] : tensors) {
    EXPECT_EQ(back.at(name).scalar_type(), tensor.scalar_type()) << name;
    EXPECT_TRUE(torch::equal(back.at(name), tensor)) << name;
  }
}

TEST(Safetensors, LayoutIsThatOfTheFormat) {
  const TempDir directory;
  write_safetensors(directory / "x", {{"w", torch::tensor({1.0f, 2.0f})}});
  const std::string bytes = read_file(directory / "x");
  std::string header = R"({"w":{"data_offsets":[0,8],"dtype":"F32","shape":[2]}})";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  EXPECT_EQ(bytes.substr(0, 8),
            std::string(1, static_cast<char>(header.size())) + std::string(7, '\0'));
  EXPECT_EQ(bytes.substr(8, header.size()), header);
  EXPECT_EQ(bytes.substr(8 + header.size()), std::string("\0\0\x80\x3f\0\0\0\x40", 8));
}

TEST(Safetensors, DamagedFilesAreErrors) {
  const TempDir directory;
  const std::string path = directory / "x";
  write_safetensors(path, {{"w", torch::tensor({1.0f, 2.0f})}});
  const std::string whole = read_file(path);
  write_file(path, whole.substr(0, whole.size() - 1));
  EXPECT_TRUE(contains(message_of([&] { read_safetensors(path); }), "beyond the end"));
  write_file(path, whole.substr(0, 5));
  EXPECT_TRUE(contains(message_of([&] { read_safetensors(path); }), "5 bytes"));
  write_file(path, std::string("\4\0\0\0\0\0\0\0oops", 12));
  EXPECT_TRUE(contains(message_of([&] { read_safetensors(path); }), "safetensors"));
}

TEST(Checkpoint, StateComesBack) {
  const TempDir directory;
  Checkpoint written;
  written.identity.recipe.dropout = 0.3;
  written.identity.dataset_hash = "d";
  written.identity.split_hash = "s";
  written.state.epoch = 4;
  written.state.batch = 2;
  written.state.loss_sum = 1.0 / 3;
  written.state.best_ndcg = 0.1;
  written.tensors["w"] = torch::ones({3});
  write_checkpoint(directory / "last", written);
  write_checkpoint(directory / "last", written);  // replaces
  const Checkpoint back = read_checkpoint(directory / "last");
  EXPECT_EQ(back.identity.recipe.dropout, 0.3);
  EXPECT_EQ(back.state.epoch, 4);
  EXPECT_EQ(back.state.batch, 2);
  EXPECT_EQ(back.state.loss_sum, 1.0 / 3);
  EXPECT_EQ(back.state.best_ndcg, 0.1);
  EXPECT_TRUE(torch::equal(back.tensors.at("w"), torch::ones({3})));
}

TEST(Checkpoint, SameRunMayGoFurtherButNotElsewhere) {
  TrainIdentity stored, asked;
  asked.recipe.epochs = 500;
  asked.recipe.learning_rate = 1e-4;
  EXPECT_NO_THROW(check_same_run(stored, asked, "runs/x"));
  asked.dataset_hash = "other";
  EXPECT_TRUE(
      contains(message_of([&] { check_same_run(stored, asked, "runs/x"); }), "dataset hash"));
  asked = stored;
  asked.recipe.seed = 2;
  EXPECT_TRUE(contains(message_of([&] { check_same_run(stored, asked, "runs/x"); }),
                       "'runs/x' holds a run with seed = 1, asked is 2"));
}

CurvePoint point(int64_t epoch) {
  CurvePoint out;
  out.epoch = epoch;
  out.loss = 1.0 / static_cast<double>(epoch);
  if (epoch == 2) out.validation = ValidationFigures{{{"ndcg@10", 0.25}, {"gini@10", 0.5}}, 9};
  return out;
}

TEST(LearningCurve, LinesBehindTheCheckpointAreMadeAgain) {
  const TempDir directory;
  const std::string path = directory / "curve.jsonl";
  {
    LearningCurve curve(path, 0);
    for (const int64_t epoch : {1, 2, 3}) curve.append(point(epoch));
  }
  // A process was killed while it wrote.
  write_file(path, read_file(path) + R"({"epoch":4,"lo)");
  LearningCurve curve(path, 2);
  ASSERT_EQ(curve.points().size(), 2u);
  EXPECT_EQ(curve.points()[0].loss, 1.0);
  EXPECT_EQ(curve.points()[1].validation->values,
            (std::map<std::string, double>{{"ndcg@10", 0.25}, {"gini@10", 0.5}}));
  EXPECT_EQ(curve.points()[1].validation->cases, 9u);
  curve.append(point(3));
  EXPECT_EQ(read_curve(path).size(), 3u);
  EXPECT_TRUE(LearningCurve(path, 0).points().empty());
}

TEST(LearningCurve, DamagedLineIsNamed) {
  const TempDir directory;
  write_file(directory / "curve.jsonl", "{\"epoch\":1}\n");
  EXPECT_TRUE(
      contains(message_of([&] { read_curve(directory / "curve.jsonl"); }), "curve.jsonl, line 1"));
}

}  // namespace
}  // namespace kaskad::train
