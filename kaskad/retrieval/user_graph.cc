// Whether an ONNX file is the user side of a neural model, before anything is asked of it.
#include <algorithm>
#include <cmath>

#include "kaskad/core/error.h"
#include "kaskad/dataset/clock_codes.h"
#include "kaskad/retrieval/neural.h"

namespace kaskad {
namespace {

constexpr float kPaddingTolerance = 1e-4F;  // relative above 1, absolute below

Error unfit(const OnnxSession& session, const std::string& role, const std::string& name,
            const std::string& found, const std::string& expected) {
  return Error("'" + session.path() + "', " + role + " '" + name + "': found " + found +
               ", expected " + expected);
}

std::string list(const std::vector<TensorSpec>& specs) {
  std::string text;
  for (const TensorSpec& spec : specs) text += (text.empty() ? "" : ", ") + spec.to_string();
  return text;
}

const TensorSpec* find(const std::vector<TensorSpec>& specs, const std::string& name) {
  const auto found = std::find_if(specs.begin(), specs.end(),
                                  [&](const TensorSpec& spec) { return spec.name == name; });
  return found == specs.end() ? nullptr : &*found;
}

void check_input(const OnnxSession& session, const std::string& name, const char* key,
                 const HistoryInputs& inputs) {
  const TensorSpec* spec = find(session.inputs(), name);
  const std::string length =
      inputs.fixed_length ? std::to_string(inputs.max_history) + " or any length" : "any length";
  const std::string expected = "int64 (any batch, " + length + ") as '" + key + "' of the config";
  if (spec == nullptr) {
    throw unfit(session, "input", name, "only " + list(session.inputs()), expected);
  }
  const auto& shape = spec->shape;
  const bool fits = spec->type == TensorSpec::Type::kInt64 && spec->has_shape &&
                    shape.size() == 2 && shape[0] < 0;
  if (!fits) throw unfit(session, "input", name, spec->to_string(), expected);
  if (shape[1] < 0) return;
  const bool fixed = inputs.fixed_length && shape[1] == static_cast<int64_t>(inputs.max_history);
  if (fixed) return;
  throw unfit(session, "input", name, spec->to_string(),
              expected + "; for a file of one length, set 'inputs.fixed_length' to true and " +
                  "'inputs.max_history' to " + std::to_string(shape[1]));
}

// `columns` -1: any number. Nothing is checked of an input without a name.
void check_user_input(const OnnxSession& session, const std::string& name, const char* key,
                      TensorSpec::Type type, int64_t columns) {
  if (name.empty()) return;
  const std::string expected =
      std::string(type == TensorSpec::Type::kFloat ? "float" : "int64") + " (any batch, " +
      (columns < 0 ? "any length" : std::to_string(columns)) + ") as '" + key + "' of the config";
  const TensorSpec* spec = find(session.inputs(), name);
  if (spec == nullptr) {
    throw unfit(session, "input", name, "only " + list(session.inputs()), expected);
  }
  const auto& shape = spec->shape;
  const bool fits = spec->type == type && spec->has_shape && shape.size() == 2 && shape[0] < 0 &&
                    (shape[1] < 0 || shape[1] == columns);
  if (!fits) throw unfit(session, "input", name, spec->to_string(), expected);
}

void check_output(const OnnxSession& session, const NeuralConfig& config) {
  const std::string expected =
      "float (any batch, " + std::to_string(config.dimension) + ") as 'dimension' of the config";
  const TensorSpec* spec = find(session.outputs(), config.output);
  if (spec == nullptr) {
    throw unfit(session, "output", config.output, "only " + list(session.outputs()), expected);
  }
  const auto& shape = spec->shape;
  const auto dimension = static_cast<int64_t>(config.dimension);
  const bool shape_fits = !spec->has_shape || (shape.size() == 2 && shape[0] < 0 &&
                                               (shape[1] < 0 || shape[1] == dimension));
  if (spec->type == TensorSpec::Type::kFloat && shape_fits) return;
  throw unfit(session, "output", config.output, spec->to_string(), expected);
}

}  // namespace

void check_user_graph(const OnnxSession& session, const NeuralConfig& config,
                      const FeatureSchema& schema) {
  const HistoryInputs& inputs = config.inputs;
  check_input(session, inputs.tokens, "inputs.tokens", inputs);
  if (!inputs.gaps.empty()) check_input(session, inputs.gaps, "inputs.gaps", inputs);
  const auto numbers = static_cast<int64_t>(schema.num_numbers());
  check_user_input(session, config.user.codes, "user.codes", TensorSpec::Type::kInt64, -1);
  check_user_input(session, config.user.numbers, "user.numbers", TensorSpec::Type::kFloat, numbers);
  check_user_input(session, config.user.clock, "user.clock", TensorSpec::Type::kInt64,
                   kClockPlaces);
  const std::pair<const char*, std::string> named[] = {{"inputs.tokens", inputs.tokens},
                                                       {"inputs.gaps", inputs.gaps},
                                                       {"user.codes", config.user.codes},
                                                       {"user.numbers", config.user.numbers},
                                                       {"user.clock", config.user.clock}};
  std::string known;
  for (const auto& [key, name] : named) {
    known += (known.empty() ? "" : ", ") + std::string(key) + " is '" + name + "'";
  }
  for (const TensorSpec& spec : session.inputs()) {
    if (std::any_of(std::begin(named), std::end(named),
                    [&](const auto& one) { return one.second == spec.name; })) {
      continue;
    }
    throw unfit(session, "input", spec.name, spec.to_string(),
                "only the inputs that the config names: " + known);
  }
  check_output(session, config);
}

void check_padding(const NeuralRetriever& model, const Query& query) {
  // Few enough that they are padded to the longest of them.
  constexpr size_t kLongest = 5;
  const size_t dimension = model.config().dimension;
  std::vector<Query> queries;
  for (size_t length = 1; length <= std::min(kLongest, query.history.size()); ++length) {
    queries.push_back(query);
    queries.back().history = query.history.first(length);
  }
  std::vector<float> together(queries.size() * dimension), alone(together.size());
  model.user_vectors(queries, together);
  for (size_t q = 0; q < queries.size(); ++q) {
    model.user_vectors({&queries[q], 1}, std::span(alone).subspan(q * dimension, dimension));
  }
  for (size_t i = 0; i < alone.size(); ++i) {
    const float difference = std::abs(alone[i] - together[i]);
    if (difference <= kPaddingTolerance * std::max(1.0F, std::abs(alone[i]))) continue;
    throw Error("'user.onnx', output '" + model.config().output + "': the vector of a history of " +
                std::to_string(i / dimension + 1) + " events holds " + std::to_string(alone[i]) +
                " alone and " + std::to_string(together[i]) + " with padding in front, expected " +
                "the same: let the model ignore token 0, or set 'inputs.fixed_length' to true");
  }
}

}  // namespace kaskad
