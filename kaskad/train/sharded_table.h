// A table of vectors whose rows lie spread over the processes of a group: row r in process r %
// size, at place r / size, so that neighbours, of which the first are often the most popular, are
// asked of different processes. A step asks the owners for the rows that it needs and gives them
// the gradients of these rows back: no process holds more than its share of the table, of its
// gradient and of Adam's moments. Owned by ItemTable; its collective calls are made by all
// processes.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "kaskad/train/distributed.h"

namespace kaskad::train {

// A weight of this name is a process' share of a table; a checkpoint keeps it in a file of its own.
inline constexpr const char* kShareName = "share";

// Not thread-safe.
class ShardedTable {
 public:
  // Of `rows` rows, how many are this process' own.
  static int64_t own_rows(int64_t rows, const Group& group);

  // `own` (own rows, dimension) is the weight itself, on the CPU; `group` must outlive the table.
  ShardedTable(int64_t rows, torch::Tensor own, Group& group);

  const torch::Tensor& own() const { return own_; }
  Group& group() const { return group_; }

  // int64 rows of any shape -> (..., dimension). Differentiable: the gradients wait in this process
  // for collect_gradients(). A process may make as many lookups in a step as it likes, or none, for
  // the others' are answered in serve(); but with autograd on in all processes or in none.
  torch::Tensor lookup(const torch::Tensor& rows);
  // Answers the others' lookups until all processes are here.
  void serve();
  // serve(), then the gradient of own(): of all processes' lookups since the last call, `factor`
  // times those of this process.
  void collect_gradients(double factor);

  // Of the gradient of the whole table, the same in all processes: a scalar. A collective call.
  torch::Tensor gradient_norm() const;

  // From N(0, deviation): what normal_() of the whole table would draw from `generator`, a block of
  // the table at a time.
  void draw(double deviation, const torch::Generator& generator);

  // The whole table into `whole` (rows, dimension), a block at a time; undefined in a process that
  // only gives its rows. A collective call.
  void gather(torch::Tensor whole);

 private:
  // Rows that the processes asked of each other at the same moment.
  struct Round {
    std::vector<int64_t> asked, served;  // (processes) rows of each, rows for each
    torch::Tensor fetched;               // (asked, dimension), a leaf of the autograd graph
    torch::Tensor places;                // (served) int64 places in own()
  };

  std::vector<int64_t> tell(const std::vector<int64_t>& asked);
  torch::Tensor fetch(const torch::Tensor& rows, std::vector<int64_t> asked,
                      std::vector<int64_t> served);

  const int64_t rows_;
  torch::Tensor own_;
  Group& group_;
  std::vector<Round> rounds_;  // of the step
};

}  // namespace kaskad::train
