#include "kaskad/train/layers/dropout.h"

#include <ATen/Parallel.h>

namespace kaskad::train {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// Elements a thread takes at a time: some ten microseconds.
constexpr int64_t kGrain = 1 << 15;

torch::Tensor apply_mask(const DropoutMask& mask, const torch::Tensor& x) {
  const torch::Tensor in = x.contiguous();
  torch::Tensor out = torch::empty_like(in);
  const float* from = in.data_ptr<float>();
  float* to = out.data_ptr<float>();
  at::parallel_for(0, in.numel(), kGrain, [&](int64_t begin, int64_t end) {
    dropout(mask, static_cast<uint64_t>(begin), from + begin, to + begin,
            static_cast<size_t>(end - begin));
  });
  return out;
}

// The backward pass computes the mask again from its name.
struct MaskedIdentity : torch::autograd::Function<MaskedIdentity> {
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& x, const MaskId& id) {
    id.save(*context);
    return apply_mask(id.mask(), x);
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    return {apply_mask(MaskId::saved(*context).mask(), gradients[0]), torch::Tensor()};
  }
};

}  // namespace

void MaskId::save(AutogradContext& context) const {
  context.saved_data["seed"] = seed;
  context.saved_data["stream"] = stream;
  context.saved_data["probability"] = probability;
}

MaskId MaskId::saved(AutogradContext& context) {
  auto& data = context.saved_data;
  return {data["seed"].toInt(), data["stream"].toInt(), data["probability"].toDouble()};
}

DropoutMasks::DropoutMasks(uint64_t seed)
    : state_(register_buffer("state", torch::tensor({static_cast<int64_t>(seed), int64_t{0}}))) {}

MaskId DropoutMasks::next(double probability) {
  auto* state = state_.data_ptr<int64_t>();
  return {state[0], state[1]++, probability};
}

Dropout::Dropout(double probability, std::shared_ptr<DropoutMasks> masks)
    : probability_(probability), masks_(std::move(masks)) {}

torch::Tensor Dropout::forward(const torch::Tensor& x) const {
  if (!active()) return x;
  if (!x.is_cpu()) return torch::dropout(x, probability_, /*train=*/true);
  return MaskedIdentity::apply(x, next_mask());
}

}  // namespace kaskad::train
