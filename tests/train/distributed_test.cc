#include "kaskad/train/distributed.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>

#include "kaskad/train/batcher.h"
#include "kaskad/train/learner.h"
#include "tests/dataset/messages.h"
#include "tests/train/processes.h"
#include "tests/train/tiny_model.h"

namespace kaskad::train {
namespace {

bool in_processes(int size, const std::function<bool(Group&)>& body) {
  return in_environments(size, [&](int) { return body(*join_group()); });
}

TEST(Distributed, SumsAndBroadcasts) {
  EXPECT_TRUE(in_processes(2, [](Group& group) {
    torch::Tensor sum = torch::tensor({1.0f, 10.0f}) * (group.rank() + 1);
    group.sum(sum);
    torch::Tensor told = torch::full({2}, group.rank() + 5, torch::kInt64);
    group.broadcast(told);
    return torch::equal(sum, torch::tensor({3.0f, 30.0f})) &&  // 1 + 2, 10 + 20
           torch::equal(told, torch::full({2}, 5, torch::kInt64));
  }));
}

// Process r sends r + 1 rows to each of the three, and none to itself.
TEST(Distributed, ExchangesRows) {
  EXPECT_TRUE(in_processes(3, [](Group& group) {
    const int64_t rank = group.rank();
    std::vector<int64_t> send(3, rank + 1), receive = {1, 2, 3};
    send[static_cast<size_t>(rank)] = receive[static_cast<size_t>(rank)] = 0;
    const torch::Tensor rows = torch::full({2 * (rank + 1), 2}, rank, torch::kInt64);
    const torch::Tensor got = group.exchange(rows, send, receive);
    std::vector<int64_t> expected;
    for (int64_t from = 0; from < 3; ++from) {
      expected.insert(expected.end(), from == rank ? 0 : static_cast<size_t>(2 * (from + 1)), from);
    }
    return torch::equal(got.flatten(), torch::tensor(expected, torch::kInt64));
  }));
}

TEST(Distributed, GathersTensorsAndText) {
  EXPECT_TRUE(in_processes(2, [](Group& group) {
    const torch::Tensor all = gather(group, torch::tensor({{1, 2}, {3, 4}}) + 10 * group.rank());
    return torch::equal(all, torch::tensor({{{1, 2}, {3, 4}}, {{11, 12}, {13, 14}}})) &&
           broadcast_text(group, group.rank() == 0 ? "a/b" : "other") == "a/b";
  }));
}

// 5 rows: 3 for one process and 2 for the other, with different numbers of places.
TEST(Distributed, TwoProcessesTakeTheStepOfOneOnTheJointBatch) {
  const PlantedSequence planted(40);
  Recipe recipe = tiny_recipe();
  recipe.batch = 5;
  recipe.dropout = 0;  // each process draws its own masks
  const Batcher batcher(planted.log.data, planted.split.validations[0].fit_end, recipe);
  const EpochPlan plan = batcher.plan(0);
  const TempDir parts;
  ASSERT_TRUE(in_processes(2, [&](Group& group) {
    Learner learner(tiny_model(planted.log.data, recipe), recipe, batcher.target_counts(), &group);
    for (size_t b = 0; b < 3; ++b) {
      learner.step(batcher.make(plan, b, {group.rank(), 2}), 0.01);
    }
    write_safetensors(parts / std::to_string(group.rank()), learner.all_tensors());
    return true;
  }));
  at::set_num_threads(1);
  Learner whole(tiny_model(planted.log.data, recipe), recipe, batcher.target_counts());
  for (size_t b = 0; b < 3; ++b) whole.step(batcher.make(plan, b), 0.01);
  const NamedTensors expected = whole.all_tensors();
  const NamedTensors first = read_safetensors(parts / "0"), second = read_safetensors(parts / "1");
  for (const auto& [name, tensor] : expected) {
    if (name == "random") continue;
    EXPECT_TRUE(torch::allclose(first.at(name), tensor, 1e-4, 1e-6)) << name;
    EXPECT_TRUE(torch::equal(first.at(name), second.at(name))) << name;
  }
  // The random states of both processes.
  EXPECT_EQ(first.at("random").size(0), 2);
}

TEST(Distributed, OneProcessIsNoGroup) {
  unsetenv("WORLD_SIZE");
  EXPECT_EQ(join_group(), nullptr);
  setenv("WORLD_SIZE", "1", 1);
  EXPECT_EQ(join_group(), nullptr);
}

TEST(Distributed, MissingVariablesAreNamed) {
  set_environment(0, 2, 1234);
  unsetenv("MASTER_PORT");
  EXPECT_TRUE(contains(message_of([] { join_group(); }), "MASTER_PORT is not set"));
  set_environment(7, 2, 1234);
  EXPECT_TRUE(contains(message_of([] { join_group(); }),
                       "RANK is '7', expected a whole number from 0 to 1"));
  unsetenv("WORLD_SIZE");
}

}  // namespace
}  // namespace kaskad::train
