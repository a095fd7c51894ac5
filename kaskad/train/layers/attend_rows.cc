#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>
#include <cmath>

#include "kaskad/kernels/softmax.h"
#include "kaskad/train/layers/attend.h"
#include "kaskad/train/product_precision.h"

namespace kaskad::train {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// Scores worth a further thread: some ten microseconds of work.
constexpr uint64_t kScoresOfAThread = 4096;

// Queries at a time: their scores of 200 keys are 51 kB.
constexpr int64_t kQueries = 64;

// A matrix inside a larger one, without owning it.
at::Tensor view(const float* data, int64_t rows, int64_t columns, int64_t stride) {
  return at::from_blob(const_cast<float*>(data), {rows, columns}, {stride, 1},
                       at::TensorOptions().dtype(at::kFloat));
}

// What stays the same for all histories and heads of one call.
struct Problem {
  std::vector<int64_t> offsets;        // (batch + 1) rows
  std::vector<uint64_t> score_offset;  // (batch + 1): number of a history's first score
  int64_t longest = 0;
  int64_t dimension = 0, heads = 0;
  bool causal = false, dropping = false;
  MaskId mask;

  int64_t size() const { return dimension / heads; }
  float scale() const { return 1 / std::sqrt(static_cast<float>(size())); }
};

// One head of one history, and the scratch space of the thread that works on it.
class Head {
 public:
  Head(const Problem& problem, const float* qkv, int64_t history, int64_t head,
       std::vector<float>& scratch)
      : problem_(problem),
        first_(problem.offsets[static_cast<size_t>(history)]),
        size_(problem.offsets[static_cast<size_t>(history) + 1] - first_),
        head_(head),
        stride_(3 * problem.dimension),
        qkv_(qkv),
        mask_(problem.mask.mask()),
        scratch_(scratch) {
    first_score_ = problem.score_offset[static_cast<size_t>(history)] +
                   static_cast<uint64_t>(head * size_ * size_);
  }

  // out (rows, dimension)
  void forward(float* out) {
    for (int64_t begin = 0; begin < size_; begin += kQueries) {
      const Chunk chunk = chunk_at(begin);
      float* weights = weights_of(chunk);
      if (problem_.dropping) drop(chunk, weights, weights);
      at::Tensor to = view(out + (first_ + begin) * problem_.dimension + head_ * problem_.size(),
                           chunk.queries, problem_.size(), problem_.dimension);
      at::mm_out(to, view(weights, chunk.queries, chunk.keys, chunk.keys),
                 part(qkv_, 2, 0, chunk.keys));
    }
  }

  // From the gradient of `out` to that of `qkv`, which is zero at first.
  void backward(const float* out_gradient, float* gradient) {
    at::Tensor dk_all = part(gradient, 1, 0, size_), dv_all = part(gradient, 2, 0, size_);
    for (int64_t begin = 0; begin < size_; begin += kQueries) {
      const Chunk chunk = chunk_at(begin);
      float* weights = weights_of(chunk);
      float* dropped = weights;
      if (problem_.dropping) {
        dropped = weights + kQueries * problem_.longest;
        drop(chunk, weights, dropped);
      }
      const at::Tensor dout =
          view(out_gradient + (first_ + begin) * problem_.dimension + head_ * problem_.size(),
               chunk.queries, problem_.size(), problem_.dimension);
      at::Tensor dv = dv_all.narrow(0, 0, chunk.keys);
      dv.addmm_(view(dropped, chunk.queries, chunk.keys, chunk.keys).t(), dout);

      float* dscores = weights + 2 * kQueries * problem_.longest;
      at::Tensor ds = view(dscores, chunk.queries, chunk.keys, chunk.keys);
      at::mm_out(ds, dout, part(qkv_, 2, 0, chunk.keys).t());
      if (problem_.dropping) drop(chunk, dscores, dscores);
      for (int64_t i = 0; i < chunk.queries; ++i) {
        softmax_backward(weights + i * chunk.keys, dscores + i * chunk.keys,
                         static_cast<size_t>(chunk.keys));
      }
      at::Tensor dq = part(gradient, 0, begin, chunk.queries);
      at::addmm_out(dq, dq, ds, part(qkv_, 1, 0, chunk.keys), 0, problem_.scale());
      at::Tensor dk = dk_all.narrow(0, 0, chunk.keys);
      dk.addmm_(ds.t(), part(qkv_, 0, begin, chunk.queries), 1, problem_.scale());
    }
  }

  // Scratch that one thread needs: weights, weights after dropout, their gradient.
  static size_t scratch_floats(const Problem& problem) {
    return static_cast<size_t>(3 * kQueries * problem.longest);
  }

 private:
  // Queries [begin, begin + queries) see keys [0, keys) at most.
  struct Chunk {
    int64_t begin, queries, keys;
  };

  Chunk chunk_at(int64_t begin) const {
    const int64_t queries = std::min(kQueries, size_ - begin);
    return {begin, queries, problem_.causal ? begin + queries : size_};
  }

  // `which`: 0 queries, 1 keys, 2 values.
  at::Tensor part(const float* qkv, int64_t which, int64_t begin, int64_t count) const {
    return view(
        qkv + (first_ + begin) * stride_ + which * problem_.dimension + head_ * problem_.size(),
        count, problem_.size(), stride_);
  }

  // softmax(q k^T / sqrt(size)), (queries, keys), before dropout.
  float* weights_of(const Chunk& chunk) {
    float* weights = scratch_.data();
    at::Tensor scores = view(weights, chunk.queries, chunk.keys, chunk.keys);
    at::addmm_out(scores, scores, part(qkv_, 0, chunk.begin, chunk.queries),
                  part(qkv_, 1, 0, chunk.keys).t(), 0, problem_.scale());
    for (int64_t i = 0; i < chunk.queries; ++i) {
      float* row = weights + i * chunk.keys;
      const int64_t seen = problem_.causal ? chunk.begin + i + 1 : chunk.keys;
      softmax(row, static_cast<size_t>(seen));
      std::fill(row + seen, row + chunk.keys, 0.0F);
    }
    return weights;
  }

  // A score's number in the mask is that in the full (size, size) matrix of this head.
  void drop(const Chunk& chunk, const float* from, float* to) const {
    for (int64_t i = 0; i < chunk.queries; ++i) {
      dropout(mask_, first_score_ + static_cast<uint64_t>((chunk.begin + i) * size_),
              from + i * chunk.keys, to + i * chunk.keys, static_cast<size_t>(chunk.keys));
    }
  }

  const Problem& problem_;
  int64_t first_, size_, head_, stride_;
  const float* qkv_;
  DropoutMask mask_;
  uint64_t first_score_ = 0;
  std::vector<float>& scratch_;
};

// Calls body(head) for every head of every history, handed out one at a time: histories are of
// very different lengths.
template <class Body>
void for_each_head(const Problem& problem, const float* qkv, const Body& body) {
  const auto heads = static_cast<int64_t>(problem.offsets.size() - 1) * problem.heads;
  std::atomic<int64_t> next{0};
  // For products of this size, oneDNN's bfloat16 costs more to call than it saves.
  const ProductPrecision precision(PrecisionKind::kFp32);
  const auto useful = static_cast<int64_t>(problem.score_offset.back() / kScoresOfAThread + 1);
  at::parallel_for(0, std::min<int64_t>(at::get_num_threads(), useful), 1, [&](int64_t, int64_t) {
    const c10::InferenceMode guard;  // plain matrices: nothing to be recorded
    std::vector<float> scratch(Head::scratch_floats(problem));
    for (int64_t i = next++; i < heads; i = next++) {
      body(Head(problem, qkv, i / problem.heads, i % problem.heads, scratch));
    }
  });
}

struct AttendRows : torch::autograd::Function<AttendRows> {
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& qkv,
                               const Problem& problem) {
    const torch::Tensor in = qkv.contiguous();
    context->save_for_backward({in});
    context->saved_data["offsets"] = problem.offsets;
    context->saved_data["heads"] = problem.heads;
    context->saved_data["causal"] = problem.causal;
    context->saved_data["dropping"] = problem.dropping;
    problem.mask.save(*context);
    torch::Tensor out = torch::empty({in.size(0), problem.dimension}, in.options());
    float* to = out.data_ptr<float>();
    for_each_head(problem, in.data_ptr<float>(), [&](Head head) { head.forward(to); });
    return out;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients);
};

Problem make_problem(std::vector<int64_t> offsets, int64_t dimension, int64_t heads, bool causal) {
  Problem problem;
  problem.offsets = std::move(offsets);
  problem.dimension = dimension;
  problem.heads = heads;
  problem.causal = causal;
  uint64_t scores = 0;
  problem.score_offset.push_back(scores);
  for (size_t b = 0; b + 1 < problem.offsets.size(); ++b) {
    const int64_t size = problem.offsets[b + 1] - problem.offsets[b];
    scores += static_cast<uint64_t>(heads * size * size);
    problem.score_offset.push_back(scores);
    problem.longest = std::max(problem.longest, size);
  }
  return problem;
}

variable_list AttendRows::backward(AutogradContext* context, const variable_list& gradients) {
  auto& saved = context->saved_data;
  const torch::Tensor in = context->get_saved_variables()[0];
  Problem problem = make_problem(saved["offsets"].toIntVector(), in.size(1) / 3,
                                 saved["heads"].toInt(), saved["causal"].toBool());
  problem.dropping = saved["dropping"].toBool();
  problem.mask = MaskId::saved(*context);
  const torch::Tensor out_gradient = gradients[0].contiguous();
  torch::Tensor gradient = torch::zeros_like(in);
  const float* from = out_gradient.data_ptr<float>();
  float* to = gradient.data_ptr<float>();
  for_each_head(problem, in.data_ptr<float>(), [&](Head head) { head.backward(from, to); });
  return {gradient, torch::Tensor()};
}

}  // namespace

torch::Tensor attend_rows(const torch::Tensor& qkv, const Rows& rows,
                          const AttentionOptions& options, const Dropout& dropout) {
  Problem problem = make_problem(rows.offsets, qkv.size(1) / 3, options.heads, options.causal);
  problem.dropping = dropout.active();
  if (problem.dropping) problem.mask = dropout.next_mask();
  return AttendRows::apply(qkv, problem);
}

}  // namespace kaskad::train
