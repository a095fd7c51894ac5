#include "kaskad/ranking/onnx_rows.h"

#include <algorithm>

#include "kaskad/core/error.h"

namespace kaskad {
namespace {

using Type = TensorSpec::Type;

std::string list_of(const std::vector<TensorSpec>& specs) {
  std::string text;
  for (const TensorSpec& spec : specs) text += (text.empty() ? "" : ", ") + spec.to_string();
  return text;
}

// How many features the one input has.
size_t features_of(const OnnxSession& session) {
  const std::vector<TensorSpec>& inputs = session.inputs();
  const bool fits = inputs.size() == 1 && inputs[0].type == Type::kFloat && inputs[0].has_shape &&
                    inputs[0].shape.size() == 2 && inputs[0].shape[0] < 0 && inputs[0].shape[1] > 0;
  if (!fits) {
    throw data_error(session.path(), 0, "inputs", list_of(inputs),
                     "one float (?, F): any number of rows of F features");
  }
  return static_cast<size_t>(inputs[0].shape[1]);
}

// The float output; where there are several, the one that holds probabilities.
size_t output_of(const OnnxSession& session) {
  const std::vector<TensorSpec>& outputs = session.outputs();
  const auto is_float = [](const TensorSpec& spec) { return spec.type == Type::kFloat; };
  const auto first = std::find_if(outputs.begin(), outputs.end(), is_float);
  const auto place = [&](auto at) { return static_cast<size_t>(at - outputs.begin()); };
  if (std::count_if(outputs.begin(), outputs.end(), is_float) == 1) return place(first);
  const auto named = std::find_if(outputs.begin(), outputs.end(), [&](const TensorSpec& spec) {
    return is_float(spec) && spec.name.starts_with("probabilit");
  });
  if (named != outputs.end()) return place(named);
  const auto maps = std::find_if(outputs.begin(), outputs.end(), [](const TensorSpec& spec) {
    return spec.type == Type::kNoTensor;
  });
  if (first == outputs.end() && maps != outputs.end()) {
    throw data_error(session.path(), 0, "outputs", list_of(outputs),
                     "probabilities as a float tensor; export without ZipMap: zipmap=False of "
                     "onnxmltools and skl2onnx, and for CatBoost take a ranker or regressor, or "
                     "drop the ZipMap node (examples/foreign_trees)");
  }
  throw data_error(session.path(), 0, "outputs", list_of(outputs),
                   "one float output, or one called 'probabilities'");
}

}  // namespace

OnnxRows::OnnxRows(const std::string& path)
    : session_(path, {.output_shapes_hold = false}),
      num_features_(features_of(session_)),
      output_(output_of(session_)),
      width_(find_width()) {}

// Files often leave the width of their answer open; then one row tells.
size_t OnnxRows::find_width() const {
  const TensorSpec& spec = session_.outputs()[output_];
  const int64_t declared = !spec.has_shape || spec.shape.size() > 2 ? -1
                           : spec.shape.size() == 2                 ? spec.shape[1]
                                                                    : 1;
  for (const size_t width : {1, 2}) {
    if (declared == static_cast<int64_t>(width)) return width;
    if (declared < 0 && answers_with(width)) return width;
  }
  throw data_error(session_.path(), 0, "outputs", spec.to_string(),
                   "a score (?, 1), or the probabilities of two classes (?, 2)");
}

bool OnnxRows::answers_with(size_t width) const {
  const std::vector<float> row(num_features_);
  std::vector<float> answer(width);
  try {
    run(row, 1, answer);
  } catch (const Error&) {
    return false;
  }
  return true;
}

void OnnxRows::run(std::span<const float> rows, size_t count, std::span<float> out) const {
  const TensorView in{rows, {static_cast<int64_t>(count), static_cast<int64_t>(num_features_)}};
  std::vector<std::span<float>> asked(output_ + 1);
  asked[output_] = out;
  session_.run({&in, 1}, asked);
}

void OnnxRows::predict(std::span<const float> rows, std::span<float> out) const {
  KASKAD_ASSERT(rows.size() == out.size() * num_features_);
  if (out.empty()) return;
  if (width_ == 1) return run(rows, out.size(), out);
  std::vector<float> answers(out.size() * width_);
  run(rows, out.size(), answers);
  for (size_t i = 0; i < out.size(); ++i) out[i] = answers[(i + 1) * width_ - 1];
}

}  // namespace kaskad
