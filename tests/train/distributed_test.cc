#include "kaskad/train/distributed.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>

#include "kaskad/train/batcher.h"
#include "kaskad/train/learner.h"
#include "tests/dataset/messages.h"
#include "tests/free_port.h"
#include "tests/train/tiny_model.h"

namespace kaskad::train {
namespace {

void set_environment(int rank, int size, int port) {
  setenv("MASTER_ADDR", "127.0.0.1", 1);
  setenv("MASTER_PORT", std::to_string(port).c_str(), 1);
  setenv("RANK", std::to_string(rank).c_str(), 1);
  setenv("WORLD_SIZE", std::to_string(size).c_str(), 1);
  setenv("GLOO_SOCKET_IFNAME", "lo", 1);
}

// Runs `body` in `size` processes that join one group; true when all of them return true.
bool in_processes(int size, const std::function<bool(Group&)>& body) {
  const int port = free_port();
  std::vector<pid_t> children;
  for (int rank = 0; rank < size; ++rank) {
    const pid_t child = fork();
    if (child == 0) {
      bool good = false;
      try {
        at::set_num_threads(1);
        set_environment(rank, size, port);
        good = body(*join_group());
      } catch (const std::exception& error) {
        std::fprintf(stderr, "process %d: %s\n", rank, error.what());
      }
      _exit(good ? 0 : 1);
    }
    children.push_back(child);
  }
  bool good = true;
  for (const pid_t child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    good &= WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }
  return good;
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
