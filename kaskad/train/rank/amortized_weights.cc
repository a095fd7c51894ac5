#include <cmath>

#include "kaskad/core/error.h"
#include "kaskad/train/batch.h"
#include "kaskad/train/rank/amortized.h"

namespace kaskad::train {
namespace {

std::vector<float> numbers_of(const torch::Tensor& tensor) {
  const torch::Tensor plain =
      tensor.detach()
          .to(torch::TensorOptions().dtype(torch::kFloat32).device(torch::kCPU))
          .contiguous();
  const float* data = plain.data_ptr<float>();
  return {data, data + plain.numel()};
}

// Of a module by the names of its parameters.
class Parameters {
 public:
  explicit Parameters(const torch::nn::Module& module) : named_(module.named_parameters()) {}

  LinearWeights linear(const std::string& name) const {
    const torch::Tensor& weight = at(name + ".weight");
    const torch::Tensor* bias = named_.find(name + ".bias");
    const auto outputs = static_cast<size_t>(weight.size(0));
    return {static_cast<size_t>(weight.size(1)), outputs, numbers_of(weight),
            bias ? numbers_of(*bias) : std::vector<float>(outputs)};
  }
  NormWeights norm(const std::string& name) const {
    return {numbers_of(at(name + ".scale")), numbers_of(at(name + ".shift"))};
  }
  std::vector<float> array(const std::string& name) const { return numbers_of(at(name)); }
  const torch::Tensor& tensor(const std::string& name) const { return at(name); }

 private:
  const torch::Tensor& at(const std::string& name) const {
    const torch::Tensor* found = named_.find(name);
    KASKAD_ASSERT(found != nullptr);
    return *found;
  }

  const torch::OrderedDict<std::string, torch::Tensor> named_;
};

}  // namespace

std::optional<CandidateWeights> Amortized::candidate_weights() const {
  const bool known = recipe_.candidate_mask == CandidateMask::kHistory ||
                     recipe_.candidate_mask == CandidateMask::kHistorySelf;
  if (!known) return std::nullopt;
  const torch::NoGradGuard no_grad;
  const Parameters parameters(*this);
  CandidateWeights out;
  out.dimension = static_cast<size_t>(recipe_.dimension);
  out.heads = static_cast<size_t>(recipe_.heads);
  out.numbers = static_cast<size_t>(task_.numbers);
  out.self = recipe_.candidate_mask == CandidateMask::kHistorySelf;
  // Of padding, which stands for an item that was never learned, and of every item.
  const torch::Tensor items = items_->own_vectors();
  const torch::Tensor tokens = torch::cat({torch::zeros_like(items.narrow(0, 0, 1)), items});
  out.tokens = numbers_of(tokens * std::sqrt(static_cast<float>(recipe_.dimension)));
  if (gaps_) out.gaps = parameters.array("request_gaps.table");
  for (size_t i = 0; i < blocks_.size(); ++i) {
    const std::string block = "block" + std::to_string(i) + ".";
    CandidateLayer layer;
    layer.norm1 = parameters.norm(block + "norm1");
    layer.norm2 = parameters.norm(block + "norm2");
    layer.in = parameters.linear(block + "in");
    layer.out = parameters.linear(block + "out");
    layer.up = parameters.linear(block + "feed_forward.in");
    layer.down = parameters.linear(block + "feed_forward.out");
    out.layers.push_back(std::move(layer));
  }
  out.final_norm = parameters.norm("final_norm");
  for (int64_t i = 0; i < recipe_.head_cross_layers; ++i) {
    const std::string cross = "head_cross" + std::to_string(i) + ".";
    CrossLayerWeights layer{{}, parameters.linear(cross + "map")};
    if (recipe_.cross_rank > 0) layer.down = parameters.linear(cross + "down");
    out.crosses.push_back(std::move(layer));
  }
  if (!recipe_.causal) {  // a causal graph extends what it gave before
    const torch::Tensor begin = torch::full({1}, special_token(items_->num_items()), torch::kInt64);
    const double root = std::sqrt(static_cast<float>(recipe_.dimension));
    out.events.begin = numbers_of(items_->tokens(begin.to(items.device())) * root);
    out.events.positions = parameters.array("positions.table");
    if (gaps_) out.events.gaps = parameters.array("gaps.table");
    if (actions_) out.events.actions = numbers_of(parameters.tensor("actions.table") * root);
  }
  out.head_in = parameters.linear("head_in");
  out.head_out = parameters.linear("head_out");
  out.check();
  return out;
}

}  // namespace kaskad::train
