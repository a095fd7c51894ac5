#include "kaskad/train/sharded_table.h"

#include <algorithm>
#include <utility>

#include "kaskad/core/error.h"

namespace kaskad::train {
namespace {

using torch::Tensor;

constexpr int64_t kAsksNoMore = -1;
constexpr int64_t kBlockRows = 1 << 16;  // of the whole table, in memory at once

std::vector<int64_t> to_vector(const Tensor& integers) {
  const int64_t* data = integers.data_ptr<int64_t>();
  return {data, data + integers.numel()};
}

}  // namespace

int64_t ShardedTable::own_rows(int64_t rows, const Group& group) {
  return (rows - group.rank() + group.size() - 1) / group.size();
}

ShardedTable::ShardedTable(int64_t rows, Tensor own, Group& group)
    : rows_(rows), own_(std::move(own)), group_(group) {
  KASKAD_ASSERT(own_.size(0) == own_rows(rows, group));
}

Tensor ShardedTable::lookup(const Tensor& rows) {
  const auto [distinct, inverse, counts] =
      at::_unique2(rows, /*sorted=*/true, /*return_inverse=*/true, /*return_counts=*/false);
  const Tensor owner = distinct.remainder(group_.size());
  const Tensor order = owner.argsort(/*stable=*/true, /*dim=*/0, /*descending=*/false);
  const std::vector<int64_t> asked = to_vector(owner.bincount({}, group_.size()));
  std::vector<int64_t> served = tell(asked);
  std::replace(served.begin(), served.end(), kAsksNoMore, int64_t{0});
  const Tensor fetched = fetch(distinct.index_select(0, order), asked, std::move(served));
  const Tensor place_of_distinct =
      torch::empty_like(order).scatter_(0, order, torch::arange(order.numel(), order.options()));
  const Tensor places = place_of_distinct.index_select(0, inverse.flatten());
  return torch::embedding(fetched, places.view(rows.sizes()));
}

void ShardedTable::serve() {
  const auto processes = static_cast<size_t>(group_.size());
  for (;;) {
    std::vector<int64_t> served = tell(std::vector<int64_t>(processes, kAsksNoMore));
    if (std::ranges::all_of(served, [](int64_t rows) { return rows == kAsksNoMore; })) return;
    std::replace(served.begin(), served.end(), kAsksNoMore, int64_t{0});
    fetch(torch::empty({0}, torch::kInt64), std::vector<int64_t>(processes, 0), std::move(served));
  }
}

// How many rows each process wants of this one, for how many this one wants of each.
std::vector<int64_t> ShardedTable::tell(const std::vector<int64_t>& asked) {
  const std::vector<int64_t> one(asked.size(), 1);
  return to_vector(group_.exchange(torch::tensor(asked, torch::kInt64), one, one));
}

// `rows` (asked), ordered by their owners -> their vectors, and the others' theirs.
Tensor ShardedTable::fetch(const Tensor& rows, std::vector<int64_t> asked,
                           std::vector<int64_t> served) {
  const Tensor places = group_.exchange(rows, asked, served).div(group_.size(), "floor");
  const Tensor fetched = group_.exchange(own_.detach().index_select(0, places), served, asked);
  if (torch::GradMode::is_enabled()) {
    fetched.requires_grad_();
    rounds_.push_back({std::move(asked), std::move(served), fetched, places});
  }
  return fetched;
}

void ShardedTable::collect_gradients(double factor) {
  serve();
  const torch::NoGradGuard no_grad;
  std::vector<Tensor> gradients = {torch::zeros({0, own_.size(1)})};
  std::vector<Tensor> places = {torch::zeros({0}, torch::kInt64)};
  for (const Round& round : rounds_) {
    const Tensor& gradient = round.fetched.grad();
    gradients.push_back(
        group_.exchange(gradient.defined() ? gradient * factor : torch::zeros_like(round.fetched),
                        round.asked, round.served));
    places.push_back(round.places);
  }
  rounds_.clear();
  own_.mutable_grad() =
      at::embedding_dense_backward(torch::cat(gradients), torch::cat(places), own_.size(0),
                                   /*padding_idx=*/-1, /*scale_grad_by_freq=*/false);
}

Tensor ShardedTable::gradient_norm() const {
  Tensor square = own_.grad().norm().square().to(torch::kFloat64).reshape({1});
  group_.sum(square);
  return square.sqrt().to(own_.scalar_type()).squeeze(0);
}

void ShardedTable::draw(double deviation, const torch::Generator& generator) {
  const torch::NoGradGuard no_grad;
  for (int64_t begin = 0, end = 0; begin < rows_; begin = end) {
    // normal_() fills 16 numbers at a time from the generator, and a last part of fewer otherwise:
    // blocks that are no multiple of 16, but for the last, or that are shorter would differ.
    end = rows_ - begin < 2 * kBlockRows ? rows_ : begin + kBlockRows;
    const Tensor block =
        torch::empty({end - begin, own_.size(1)}, own_.options()).normal_(0, deviation, generator);
    // The first row of the block that is this process' own.
    const int64_t size = group_.size();
    const int64_t first = begin + (group_.rank() + size - begin % size) % size;
    const Tensor mine = block.slice(0, first - begin, end - begin, size);
    own_.narrow(0, first / size, mine.size(0)).copy_(mine);
  }
}

void ShardedTable::gather(Tensor whole) {
  const torch::NoGradGuard no_grad;
  for (int64_t begin = 0; whole.defined() && begin < rows_; begin += kBlockRows) {
    const int64_t end = std::min(begin + kBlockRows, rows_);
    whole.narrow(0, begin, end - begin).copy_(lookup(torch::arange(begin, end, torch::kInt64)));
  }
  serve();
}

}  // namespace kaskad::train
