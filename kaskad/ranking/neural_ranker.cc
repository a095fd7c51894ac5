#include "kaskad/ranking/neural_ranker.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "kaskad/core/npy.h"
#include "kaskad/ranking/scaled_features_file.h"

namespace kaskad {
namespace {

constexpr const char* kHistoryFile = "/history.onnx";
constexpr const char* kCandidatesFile = "/candidates.onnx";
constexpr const char* kLearnedFile = "/learned.npy";

const TensorSpec* find(const std::vector<TensorSpec>& specs, const std::string& name) {
  const auto found = std::find_if(specs.begin(), specs.end(),
                                  [&](const TensorSpec& spec) { return spec.name == name; });
  return found == specs.end() ? nullptr : &*found;
}

TensorView row(std::span<const int64_t> values) {
  return {values, {1, static_cast<int64_t>(values.size())}};
}

Error unfit(const std::string& found, const std::string& expected) {
  return Error("'candidates.onnx': found " + found + ", expected " + expected);
}

void expect_tokens(size_t found, size_t expected) {
  if (found == expected) return;
  throw Error("'candidates.npy': found " + std::to_string(found) + " tokens, expected " +
              std::to_string(expected) + ", one more than there are items");
}

}  // namespace

void to_json(nlohmann::json& json, const NeuralRankerConfig& config) {
  json = {{"architecture", config.architecture},
          {"kernel", to_string(config.kernel)},
          {"max_history", config.inputs.max_history},
          {"hop", config.inputs.hop},
          {"gaps", config.inputs.gaps},
          {"block", config.block},
          {"whole_list", config.whole_list},
          {"cache_bytes", config.cache_bytes}};
  if (!config.inputs.actions.empty()) json["actions"] = config.inputs.actions;
}

void from_json(const nlohmann::json& json, NeuralRankerConfig& config) {
  try {
    json.at("architecture").get_to(config.architecture);
    config.kernel = parse_rank_kernel(json.value("kernel", std::string("onnx")));
    json.at("max_history").get_to(config.inputs.max_history);
    config.inputs.hop = json.value("hop", size_t{1});
    json.at("gaps").get_to(config.inputs.gaps);
    config.inputs.actions = json.value("actions", std::vector<std::string>());
    json.at("block").get_to(config.block);
    config.whole_list = json.value("whole_list", false);  // bundles of version 0.1 have none
    json.at("cache_bytes").get_to(config.cache_bytes);
  } catch (const nlohmann::json::exception& fault) {
    throw Error(std::string("the config of a neural ranker: ") + fault.what());
  }
  if (config.block == 0) throw Error("the config of a neural ranker, 'block': found 0");
  if (config.inputs.hop == 0 || config.inputs.hop > config.inputs.max_history) {
    throw Error("the config of a neural ranker, 'hop': found " + std::to_string(config.inputs.hop) +
                ", expected 1 to max_history");
  }
}

NeuralRanker::NeuralRanker(const NeuralRankerConfig& config, NeuralRankerParts parts,
                           std::vector<Head> heads)
    : config_(config),
      parts_(std::move(parts)),
      heads_(std::move(heads)),
      writer_(config.inputs, parts_.learned, parts_.features.get()),
      requests_([] { return std::make_unique<NeuralRequest>(); }) {
  if (!parts_.history.empty()) history_.emplace(parts_.history, config.cache_bytes);
  if (config_.kernel == RankKernel::kOnnx) {
    candidates_.emplace(OnnxSession::from_bytes(parts_.candidates, "candidates.onnx"));
    bind_candidates();
    return;
  }
  if (!history_ || !parts_.weights) {
    throw Error("a neural ranker of the architecture '" + config_.architecture +
                "' has no kernel: found \"" + to_string(config_.kernel) + "\", expected onnx");
  }
  expect_tokens(parts_.weights->num_tokens(), parts_.learned.size() + 1);
  kernel_.emplace(*parts_.weights, config_.kernel, writer_.numbers(), heads_.size(), config_.inputs,
                  *history_);
}

void NeuralRanker::bind_candidates() {
  const auto& outputs = candidates_->outputs();
  const TensorSpec* scores = find(outputs, "scores");
  const auto heads = static_cast<int64_t>(heads_.size());
  if (!scores || scores->shape.size() != 3 || scores->shape[2] != heads) {
    throw unfit(scores ? scores->to_string() : "no output 'scores'",
                "float (1, any, " + std::to_string(heads) + ") as 'scores'");
  }
  scores_ = static_cast<size_t>(scores - outputs.data());
  for (const TensorSpec& input : candidates_->inputs()) inputs_.push_back(bind(input));
}

NeuralRanker::GraphInput NeuralRanker::bind(const TensorSpec& input) const {
  using Source = GraphInput::Source;
  static const std::map<std::string, Source> kOfRequest = {{"candidates", Source::kCandidates},
                                                           {"numbers", Source::kNumbers},
                                                           {"request_gap", Source::kRequestGap}};
  static const std::map<std::string, Source> kOfEvents = {
      {"history", Source::kHistory}, {"gaps", Source::kGaps}, {"actions", Source::kActions}};
  const auto width = static_cast<int64_t>(writer_.numbers());
  if (const auto found = kOfRequest.find(input.name); found != kOfRequest.end()) {
    if (found->second == Source::kNumbers && input.shape.back() != width) {
      throw unfit("the input " + input.to_string(), "(1, any, " + std::to_string(width) + ")");
    }
    return {found->second};
  }
  if (history_) {
    const size_t output = history_->output(input.name);
    if (output < history_->outputs()) return {Source::kEncoded, output};
  } else if (const auto found = kOfEvents.find(input.name); found != kOfEvents.end()) {
    return {found->second};
  }
  throw unfit("the input " + input.to_string(),
              history_ ? "candidates, numbers, request_gap, or an output of history.onnx"
                       : "history, gaps, actions, candidates, numbers, request_gap");
}

std::vector<std::string> NeuralRanker::context_names() const {
  if (!parts_.features) return {};
  return parts_.features->features.context_names();
}

std::unique_ptr<NeuralRanker> NeuralRanker::load(const std::string& directory,
                                                 const std::string& config_json,
                                                 const std::vector<Head>& heads) {
  NeuralRankerConfig config;
  try {
    nlohmann::json::parse(config_json).get_to(config);
  } catch (const nlohmann::json::exception& fault) {
    throw data_error(directory, 0, "config", fault.what(), "the config of a neural ranker");
  }
  const bool two = std::filesystem::exists(directory + kHistoryFile);
  const NpyFile<uint8_t> learned(directory + kLearnedFile);
  NeuralRankerParts parts;
  if (two) parts.history = read_file(directory + kHistoryFile);
  parts.candidates = read_file(directory + kCandidatesFile);
  parts.learned.assign(learned.values().begin(), learned.values().end());
  parts.features = load_scaled_features(directory);
  if (config.kernel != RankKernel::kOnnx) parts.weights = load_weights(directory);
  return std::make_unique<NeuralRanker>(config, std::move(parts), heads);
}

void NeuralRanker::save(const std::string& directory) const {
  if (history_) write_file(directory + kHistoryFile, parts_.history);
  write_file(directory + kCandidatesFile, parts_.candidates);
  write_npy(directory + kLearnedFile, parts_.learned);
  if (kernel_) save_weights(directory, *parts_.weights);
  save_scaled_features(directory, parts_.features.get());
}

std::string NeuralRanker::config_json() const { return nlohmann::json(config_).dump(); }

// Another CPU rounds what the kernel is given a little differently, and a code of 8 bits jumps.
float NeuralRanker::tolerance() const {
  return config_.kernel == RankKernel::kInt8 ? 0.05F : Ranker::tolerance();
}

// Scores are written where they are wanted.
void NeuralRanker::score_one(const NeuralRequest& request, std::span<float> out) const {
  const auto encoded = history_ ? history_->encode(request) : nullptr;
  if (kernel_) {
    kernel_->score(*encoded, request, out);
  } else {
    score_graph(request, encoded.get(), out);
  }
  if (std::all_of(out.begin(), out.end(), [](float score) { return std::isfinite(score); })) return;
  throw Error("'" + std::string(kernel_ ? "candidates.npy" : "candidates.onnx") +
              "', output 'scores': found a number that is infinite or none at all");
}

TensorView NeuralRanker::view(const GraphInput& input, const NeuralRequest& request,
                              const EncodedHistory* encoded, size_t first, size_t count) const {
  const size_t width = writer_.numbers();
  switch (input.source) {
    case GraphInput::Source::kCandidates:
      return row(std::span(request.candidates).subspan(first, count));
    case GraphInput::Source::kNumbers:
      return {std::span(request.numbers).subspan(first * width, count * width),
              {1, static_cast<int64_t>(count), static_cast<int64_t>(width)}};
    case GraphInput::Source::kRequestGap:
      return {std::span(&request.request_gap, 1), {1}};
    case GraphInput::Source::kHistory:
      return row(request.tokens);
    case GraphInput::Source::kGaps:
      return row(request.gaps);
    case GraphInput::Source::kActions:
      return row(request.actions);
    case GraphInput::Source::kEncoded:
      break;
  }
  return {std::span<const float>(encoded->outputs[input.output]),
          history_->shape(input.output, request.tokens.size())};
}

// Candidates that do not see each other may come in blocks.
void NeuralRanker::score_graph(const NeuralRequest& request, const EncodedHistory* encoded,
                               std::span<float> out) const {
  const size_t total = request.candidates.size();
  std::vector<std::span<float>> outputs(candidates_->outputs().size());
  const size_t block = config_.whole_list ? total : config_.block;
  for (size_t first = 0; first < total; first += block) {
    const size_t count = std::min(block, total - first);
    std::vector<TensorView> inputs;
    for (const GraphInput& input : inputs_) {
      inputs.push_back(view(input, request, encoded, first, count));
    }
    outputs[scores_] = out.subspan(first * heads_.size(), count * heads_.size());
    candidates_->run(inputs, outputs);
  }
}

std::vector<std::string> NeuralRanker::feature_names() const {
  if (!parts_.features) return {};
  return names_of(parts_.features->features.columns());
}

void NeuralRanker::features(const RankRequest& request, std::span<float> out) const {
  if (parts_.features) parts_.features->features.compute(request, out);
}

void NeuralRanker::score_heads(std::span<const RankRequest> requests, std::span<float> out) const {
  const Pool<NeuralRequest>::Loan written(requests_);
  size_t begin = 0;
  for (const RankRequest& request : requests) {
    const size_t count = request.candidates.size() * heads_.size();
    if (count > 0) {
      writer_.write(request, *written);
      score_one(*written, out.subspan(begin, count));
    }
    begin += count;
  }
  KASKAD_ASSERT(begin == out.size());
}

void register_neural_ranker() {
  register_ranker("neural_ranker",
                  [](const std::string& directory, const std::string& config_json,
                     const std::vector<Head>& heads) -> std::unique_ptr<Ranker> {
                    return NeuralRanker::load(directory, config_json, heads);
                  });
}

}  // namespace kaskad
