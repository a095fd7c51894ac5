#include "kaskad/ranking/onnx_outputs.h"

#include <algorithm>
#include <cmath>

#include "kaskad/core/error.h"

namespace kaskad {
namespace {

bool is_score(const TensorSpec& spec) {
  return spec.type == ElementType::kFloat || spec.type == ElementType::kDouble;
}

double score_at(const OwnedTensor& answer, size_t place) {
  return answer.type == ElementType::kFloat ? static_cast<double>(answer.as<float>()[place])
                                            : answer.as<double>()[place];
}

// Where the mapping does not say: the only output that can be, or the one that holds probabilities.
size_t only_output(const OnnxSession& session) {
  const std::vector<TensorSpec>& outputs = session.outputs();
  const auto first = std::ranges::find_if(outputs, is_score);
  const auto place = [&](auto at) { return static_cast<size_t>(at - outputs.begin()); };
  if (std::ranges::count_if(outputs, is_score) == 1) return place(first);
  const auto named = std::ranges::find_if(outputs, [](const TensorSpec& spec) {
    return is_score(spec) && spec.name.starts_with("probabilit");
  });
  if (named != outputs.end()) return place(named);
  const bool maps = std::ranges::any_of(
      outputs, [](const TensorSpec& spec) { return spec.type == ElementType::kNoTensor; });
  if (first == outputs.end() && maps) {
    throw data_error(session.path(), 0, "outputs", declared_text(outputs),
                     "probabilities as a float tensor; export without ZipMap: zipmap=False of "
                     "onnxmltools and skl2onnx, and for CatBoost take a ranker or regressor, or "
                     "drop the ZipMap node (examples/foreign_trees)");
  }
  throw data_error(session.path(), 0, "outputs", declared_text(outputs),
                   "one float output, or one called 'probabilities', or heads in the mapping that "
                   "name theirs");
}

}  // namespace

OnnxOutputs::OnnxOutputs(const std::vector<OnnxHead>& heads, const OnnxSession& session)
    : path_(session.path()), declared_(session.outputs()) {
  for (const OnnxHead& head : heads) {
    const size_t output = find(head, session);
    auto at = std::ranges::find(wanted_, output);
    if (at == wanted_.end()) at = wanted_.insert(wanted_.end(), output);
    bound_.push_back({static_cast<size_t>(at - wanted_.begin()), head});
  }
}

size_t OnnxOutputs::find(const OnnxHead& head, const OnnxSession& session) const {
  if (head.output.empty()) return only_output(session);
  const auto found = std::ranges::find_if(
      declared_, [&](const TensorSpec& spec) { return spec.name == head.output; });
  if (found == declared_.end() || !is_score(*found)) {
    throw Error(head.place + ": the mapping gives head '" + head.name + "' the output '" +
                head.output + "', the graph '" + path_ + "' declares " + declared_text(declared_) +
                (found == declared_.end() ? "" : "; scores are float or double"));
  }
  return static_cast<size_t>(found - declared_.begin());
}

void OnnxOutputs::write(std::span<const OwnedTensor> answers, size_t candidates,
                        std::span<float> out) const {
  KASKAD_ASSERT(out.size() == candidates * bound_.size());
  for (size_t h = 0; h < bound_.size(); ++h) {
    write_head(bound_[h], answers[bound_[h].answer], candidates, out.data() + h, bound_.size());
  }
}

void OnnxOutputs::write_head(const Bound& bound, const OwnedTensor& answer, size_t candidates,
                             float* out, size_t stride) const {
  const size_t width = answer.size() / candidates;
  const auto asked = bound.head.column;
  // Without a column a score each, or the probabilities of two classes, of which the second counts.
  const bool fits =
      width > 0 && width * candidates == answer.size() && (asked ? *asked < width : width <= 2);
  if (!fits) {
    throw Error("'" + path_ + "', output '" + declared_[wanted_[bound.answer]].name +
                "': the answer to " + std::to_string(candidates) + " candidates is " +
                shape_text(answer.shape) + ", expected " +
                (asked ? "a column number " + std::to_string(*asked)
                       : std::string("a score each, the probabilities of two classes, or the "
                                     "'column' of a head")) +
                " (head '" + bound.head.name + "')");
  }
  const size_t column = asked.value_or(width - 1);
  for (size_t c = 0; c < candidates; ++c) {
    double score = score_at(answer, c * width + column);
    if (bound.head.sigmoid) score = 1 / (1 + std::exp(-score));
    if (!std::isfinite(score)) {
      throw Error("'" + path_ + "': head '" + bound.head.name + "' scores " +
                  std::to_string(score) +
                  ", expected a number; give inputs that may not be known a 'missing'");
    }
    out[c * stride] = static_cast<float>(score);
  }
}

}  // namespace kaskad
