#include "kaskad/train/sharded_table.h"

#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>

#include <functional>

#include "tests/train/processes.h"

namespace kaskad::train {
namespace {

using torch::Tensor;

constexpr int64_t kRows = 11, kDimension = 4;  // 4, 4 and 3 rows in three processes

// Row r is (r, r, r, r).
Tensor numbered_rows(int64_t first, int64_t step) {
  return torch::arange(first, kRows, step).to(torch::kFloat32).unsqueeze(1).repeat({1, kDimension});
}

bool with_table(int size, const std::function<bool(ShardedTable&, Group&)>& body) {
  return in_environments(size, [&](int rank) {
    const auto group = join_group();
    const Tensor own = numbered_rows(rank, size).set_requires_grad(true);
    ShardedTable table(kRows, own, *group);
    return body(table, *group);
  });
}

TEST(ShardedTable, EveryProcessOwnsItsShare) {
  EXPECT_TRUE(with_table(3, [](ShardedTable& table, Group& group) {
    return table.own().size(0) == (group.rank() < 2 ? 4 : 3) &&  // 0 3 6 9, 1 4 7 10, 2 5 8
           table.own()[1][0].item<float>() == static_cast<float>(group.rank() + 3);
  }));
}

TEST(ShardedTable, LooksUpRowsOfAllProcesses) {
  EXPECT_TRUE(with_table(3, [](ShardedTable& table, Group& group) {
    const Tensor rows = torch::tensor({{10, 0, 10}, {3, 7, 5}}) - group.rank() * 3;
    const Tensor wanted = rows.abs();
    const Tensor vectors = table.lookup(wanted);
    return torch::equal(vectors,
                        wanted.to(torch::kFloat32).unsqueeze(2).expand({2, 3, kDimension}));
  }));
}

// Process r looks up rows r and 4 in one lookup, process 0 also row 7 in a second, process 2 none.
// The loss of each is the sum of what it looked up times (rank + 1), and counts as often as its
// factor says.
TEST(ShardedTable, GradientsComeBackToTheOwnersHoweverManyLookups) {
  EXPECT_TRUE(with_table(3, [](ShardedTable& table, Group& group) {
    const auto rank = static_cast<double>(group.rank());
    if (group.rank() < 2) {
      Tensor sum = table.lookup(torch::tensor({group.rank(), 4, 4}, torch::kInt64)).sum();
      if (group.rank() == 0) sum = sum + table.lookup(torch::tensor({7}, torch::kInt64)).sum();
      (sum * (rank + 1)).backward();
    }
    table.collect_gradients(/*factor=*/rank + 10);
    Tensor expected = torch::zeros({kRows});
    expected[0] = 1 * 10;
    expected[1] = 2 * 11;
    expected[4] = 2 * 1 * 10 + 2 * 2 * 11;
    expected[7] = 1 * 10;
    const Tensor whole = expected.unsqueeze(1).expand({kRows, kDimension});
    const Tensor mine = whole.slice(0, group.rank(), kRows, 3);
    return torch::equal(table.own().grad(), mine) &&
           std::abs((table.gradient_norm() - whole.norm()).item<double>()) < 1e-4;
  }));
}

TEST(ShardedTable, OneStepLeavesNothingToTheNext) {
  EXPECT_TRUE(with_table(2, [](ShardedTable& table, Group&) {
    table.lookup(torch::tensor({1, 2})).sum().backward();
    table.collect_gradients(1);
    table.collect_gradients(1);
    return table.own().grad().abs().sum().item<float>() == 0;
  }));
}

TEST(ShardedTable, ProcessZeroGathersTheWhole) {
  EXPECT_TRUE(with_table(3, [](ShardedTable& table, Group& group) {
    if (group.rank() != 0) {
      table.gather({});
      return true;
    }
    const Tensor whole = torch::zeros({kRows, kDimension});
    table.gather(whole);
    return torch::equal(whole, numbered_rows(0, 1));
  }));
}

// More than one block, and neither rows nor numbers a multiple of 16.
TEST(ShardedTable, DrawsWhatTheWholeTableWouldDraw) {
  static constexpr int64_t kMany = 200'003, kNarrow = 3;
  EXPECT_TRUE(in_environments(3, [](int rank) {
    const auto group = join_group();
    const Tensor own = torch::zeros({ShardedTable::own_rows(kMany, *group), kNarrow});
    ShardedTable table(kMany, own, *group);
    const torch::Generator one = at::detail::createCPUGenerator(7);
    const torch::Generator other = at::detail::createCPUGenerator(7);
    table.draw(0.5, one);
    const Tensor whole = torch::empty({kMany, kNarrow}).normal_(0, 0.5, other);
    return torch::equal(own, whole.slice(0, rank, kMany, 3)) &&
           torch::equal(one.get_state(), other.get_state());  // what is drawn next is the same
  }));
}

}  // namespace
}  // namespace kaskad::train
