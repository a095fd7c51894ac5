#include "kaskad/train/loss_tiles.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <utility>

#include "kaskad/core/error.h"

namespace kaskad::train {
namespace {

using torch::Tensor;

// Scores of a tile: about what a core's level 2 cache holds (2 MB of floats), or what keeps a GPU
// busy. Fewer rows than kLeastRows would read the candidates' vectors too often.
constexpr int64_t kTileScoresCpu = 1 << 19;
constexpr int64_t kTileScoresDevice = 1 << 26;
constexpr int64_t kLeastRows = 64;
constexpr int64_t kMostRows = 4096;
// Threads that share candidates add into gradients of their own, up to this many numbers in all.
constexpr int64_t kSharedGradients = 1 << 28;

// Neighbouring places with the same candidates, worked through by one thread.
struct Span {
  int64_t begin, end, set;
  Tensor gradient;  // (candidates, dimension)
  Tensor loss;      // () float64: sum
};

class TilePass {
 public:
  TilePass(const Scoring& scoring, const TileLoss& loss, bool with_gradient)
      : states_(scoring.states.detach()),
        vectors_(scoring.vectors.detach()),
        target_rows_(scoring.target_rows),
        candidate_rows_(scoring.candidate_rows),
        set_begin_(scoring.set_begin),
        loss_(loss),
        with_gradient_(with_gradient),
        candidates_(candidate_rows_.defined() ? candidate_rows_.size(1) : vectors_.size(0)) {
    if (with_gradient_) {
      state_gradient_ = torch::empty_like(states_);
      positive_gradient_ = torch::empty({states_.size(0)}, states_.options());
    }
  }

  // Sums over the places, not yet divided by their number.
  Tensor run() {
    make_spans();
    if (states_.is_cpu()) {
      at::parallel_for(0, static_cast<int64_t>(spans_.size()), 1, [this](int64_t lo, int64_t hi) {
        const torch::NoGradGuard no_grad;  // a thread starts with gradients on
        for (int64_t i = lo; i < hi; ++i) process(spans_[static_cast<size_t>(i)]);
      });
    } else {
      for (Span& span : spans_) process(span);
    }
    Tensor sum = spans_.front().loss;
    for (size_t i = 1; i < spans_.size(); ++i) sum = sum + spans_[i].loss;
    return sum;
  }

  const Tensor& state_gradient() const { return state_gradient_; }

  Tensor vector_gradient() {
    Tensor gradient;
    if (candidate_rows_.defined()) {
      gradient = torch::zeros_like(vectors_);
      add_candidates(gradient);
    } else {
      gradient = shared_gradient();
    }
    gradient.index_add_(0, target_rows_, states_ * positive_gradient_.unsqueeze(1));
    return gradient;
  }

 private:
  void make_spans() {
    const int64_t sets = static_cast<int64_t>(set_begin_.size()) - 1;
    if (sets > 1) {
      if (with_gradient_) {
        set_gradients_ = torch::empty({sets, candidates_, vectors_.size(1)}, vectors_.options());
      }
      for (int64_t set = 0; set < sets; ++set) {
        const auto s = static_cast<size_t>(set);
        add_span(set_begin_[s], set_begin_[s + 1], set);
      }
      return;
    }
    const int64_t places = states_.size(0), workers = shared_workers();
    for (int64_t i = 0; i < workers; ++i) {
      add_span(places * i / workers, places * (i + 1) / workers, 0);
    }
  }

  int64_t shared_workers() const {
    if (!states_.is_cpu()) return 1;
    const int64_t affordable =
        kSharedGradients / std::max<int64_t>(1, candidates_ * vectors_.size(1));
    const int64_t tiles = (states_.size(0) + kLeastRows - 1) / kLeastRows;
    return std::max<int64_t>(1, std::min({int64_t{at::get_num_threads()}, affordable, tiles}));
  }

  void add_span(int64_t begin, int64_t end, int64_t set) {
    Span span{begin, end, set, {}, torch::zeros({}, states_.options().dtype(torch::kFloat64))};
    if (set_gradients_.defined()) {
      span.gradient = set_gradients_.select(0, set);
    } else if (with_gradient_) {
      span.gradient = torch::empty({candidates_, vectors_.size(1)}, vectors_.options());
    }
    spans_.push_back(std::move(span));
  }

  int64_t rows_of_tile() const {
    const int64_t scores = states_.is_cpu() ? kTileScoresCpu : kTileScoresDevice;
    return std::clamp(scores / std::max<int64_t>(1, candidates_), kLeastRows, kMostRows);
  }

  void process(Span& span) const {
    if (span.gradient.defined()) span.gradient.zero_();
    if (span.begin == span.end) return;
    const Tensor candidates = candidate_rows_.defined()
                                  ? vectors_.index_select(0, candidate_rows_.select(0, span.set))
                                  : vectors_;
    const int64_t rows = std::min(rows_of_tile(), span.end - span.begin);
    const Tensor scratch = torch::empty({rows, candidates_}, states_.options());
    for (int64_t begin = span.begin; begin < span.end; begin += rows) {
      process_tile(span, begin, std::min(begin + rows, span.end), candidates, scratch);
    }
  }

  void process_tile(Span& span, int64_t begin, int64_t end, const Tensor& candidates,
                    const Tensor& scratch) const {
    Tensor scores = scratch.slice(0, 0, end - begin);
    const Tensor states = states_.slice(0, begin, end);
    const Tensor targets = vectors_.index_select(0, target_rows_.slice(0, begin, end));
    at::mm_out(scores, states, candidates.t());
    const TileGradient result =
        loss_(Tile{begin, end, span.set, (states * targets).sum(1), scores});
    span.loss.add_(result.loss.sum(torch::kFloat64));
    if (!with_gradient_) return;

    const bool scaled = result.factor.defined();
    Tensor state_gradient = state_gradient_.slice(0, begin, end);
    at::mm_out(state_gradient, scores, candidates);
    if (scaled) state_gradient.mul_(result.factor.unsqueeze(1));
    state_gradient.addcmul_(targets, result.positive.unsqueeze(1));
    span.gradient.addmm_(scores.t(), scaled ? states * result.factor.unsqueeze(1) : states);
    positive_gradient_.slice(0, begin, end).copy_(result.positive);
  }

  Tensor shared_gradient() {
    Tensor sum = spans_.front().gradient;
    for (size_t i = 1; i < spans_.size(); ++i) sum.add_(spans_[i].gradient);
    return sum;
  }

  void add_candidates(const Tensor& gradient) {
    const Tensor values = set_gradients_.defined() ? set_gradients_ : shared_gradient();
    gradient.index_add_(0, candidate_rows_.reshape({-1}), values.view({-1, gradient.size(1)}));
  }

  const Tensor states_, vectors_, target_rows_, candidate_rows_;
  const std::vector<int64_t>& set_begin_;
  const TileLoss& loss_;
  const bool with_gradient_;
  const int64_t candidates_;
  Tensor state_gradient_, positive_gradient_, set_gradients_;
  std::vector<Span> spans_;
};

class TiledMean : public torch::autograd::Function<TiledMean> {
 public:
  // `states` and `vectors` are those of `scoring`: autograd sees only tensors among the arguments.
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& states,
                        const Tensor& /*vectors*/, const Scoring& scoring, const TileLoss& loss,
                        bool with_gradient) {
    TilePass pass(scoring, loss, with_gradient);
    const double places = static_cast<double>(states.size(0));
    const Tensor mean = (pass.run() / places).to(states.scalar_type());
    if (with_gradient) {
      context->save_for_backward({pass.state_gradient().div_(places),  //
                                  pass.vector_gradient().div_(places)});
    }
    return mean;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    return {saved[0] * gradients[0], saved[1] * gradients[0], Tensor(), Tensor(), Tensor()};
  }
};

}  // namespace

Tensor tiled_mean(const Scoring& scoring, const TileLoss& loss) {
  KASKAD_ASSERT(scoring.states.size(0) == scoring.target_rows.size(0));
  KASKAD_ASSERT(scoring.set_begin.back() == scoring.states.size(0));
  // No place, no loss: 0 that backward() can still be called on.
  if (scoring.states.size(0) == 0) return scoring.states.sum();
  const bool with_gradient = torch::GradMode::is_enabled() &&
                             (scoring.states.requires_grad() || scoring.vectors.requires_grad());
  return TiledMean::apply(scoring.states, scoring.vectors, scoring, loss, with_gradient);
}

std::vector<int64_t> one_set(const Places& places) { return {0, places.states.size(0)}; }

std::vector<int64_t> set_per_sequence(const Places& places) {
  const Tensor counts =
      places.sequence.to(torch::kCPU).bincount({}, places.num_sequences).contiguous();
  std::vector<int64_t> begin(1, 0);
  for (int64_t i = 0; i < counts.numel(); ++i) {
    begin.push_back(begin.back() + counts.data_ptr<int64_t>()[i]);
  }
  return begin;
}

Tensor softmax_in_place(const Tensor& scores) {
  // The largest probability is 1 / sum exp(score - largest): at least 1 / candidates, so that its
  // logarithm is exact enough whatever the scores.
  Tensor out = scores;
  const Tensor largest = scores.amax(1);
  at::_softmax_out(out, scores, 1, /*half_to_float=*/false);
  return largest - out.amax(1).log();
}

}  // namespace kaskad::train
