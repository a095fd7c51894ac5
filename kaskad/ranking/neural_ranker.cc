#include "kaskad/ranking/neural_ranker.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "kaskad/core/npy.h"

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

// Numbers of an output for a history of `events`; its other dimensions are fixed by the file.
size_t output_size(const TensorSpec& spec, size_t events) {
  size_t size = 1;
  for (const int64_t length : spec.shape) {
    size *= length < 0 ? events : static_cast<size_t>(length);
  }
  return size;
}

std::vector<int64_t> output_shape(const TensorSpec& spec, size_t events) {
  std::vector<int64_t> shape = spec.shape;
  for (int64_t& length : shape) {
    if (length < 0) length = static_cast<int64_t>(events);
  }
  return shape;
}

TensorView row(std::span<const int64_t> values) {
  return {values, {1, static_cast<int64_t>(values.size())}};
}

[[noreturn]] void unfit(const OnnxSession& session, const std::string& found,
                        const std::string& expected) {
  throw Error("'" + session.path() + "': found " + found + ", expected " + expected);
}

}  // namespace

void to_json(nlohmann::json& json, const NeuralRankerConfig& config) {
  json = {{"architecture", config.architecture}, {"max_history", config.inputs.max_history},
          {"gaps", config.inputs.gaps},          {"block", config.block},
          {"whole_list", config.whole_list},     {"cache_bytes", config.cache_bytes}};
}

void from_json(const nlohmann::json& json, NeuralRankerConfig& config) {
  try {
    json.at("architecture").get_to(config.architecture);
    json.at("max_history").get_to(config.inputs.max_history);
    json.at("gaps").get_to(config.inputs.gaps);
    json.at("block").get_to(config.block);
    config.whole_list = json.value("whole_list", false);  // bundles of version 0.1 have none
    json.at("cache_bytes").get_to(config.cache_bytes);
  } catch (const nlohmann::json::exception& fault) {
    throw Error(std::string("the config of a neural ranker: ") + fault.what());
  }
  if (config.block == 0) throw Error("the config of a neural ranker, 'block': found 0");
}

NeuralRanker::NeuralRanker(const NeuralRankerConfig& config, std::string history,
                           std::string candidates, std::vector<uint8_t> learned,
                           std::vector<Head> heads)
    : config_(config),
      history_bytes_(std::move(history)),
      candidates_bytes_(std::move(candidates)),
      candidates_(OnnxSession::from_bytes(candidates_bytes_, "candidates.onnx")),
      learned_(std::move(learned)),
      heads_(std::move(heads)),
      cache_(config.cache_bytes),
      requests_([] { return std::make_unique<NeuralRequest>(); }) {
  if (!history_bytes_.empty()) {
    history_.emplace(OnnxSession::from_bytes(history_bytes_, "history.onnx"));
  }
  check_graphs();
}

void NeuralRanker::check_graphs() const {
  const TensorSpec* scores = find(candidates_.outputs(), "scores");
  const auto heads = static_cast<int64_t>(heads_.size());
  if (!scores || scores->shape.size() != 3 || scores->shape[2] != heads) {
    unfit(candidates_, scores ? scores->to_string() : "no output 'scores'",
          "float (1, any, " + std::to_string(heads) + ") as 'scores'");
  }
  for (const TensorSpec& spec : candidates_.inputs()) {
    const bool of_request =
        spec.name == "candidates" || spec.name == "numbers" || spec.name == "request_gap";
    const bool of_history = history_ ? find(history_->outputs(), spec.name) != nullptr
                                     : spec.name == "history" || spec.name == "gaps";
    if (!of_request && !of_history) {
      unfit(candidates_, "the input " + spec.to_string(),
            history_ ? "candidates, numbers, request_gap, or an output of history.onnx"
                     : "history, gaps, candidates, numbers, request_gap");
    }
  }
  if (!history_) return;
  for (const TensorSpec& spec : history_->inputs()) {
    if (spec.name == "history" || spec.name == "gaps") continue;
    unfit(*history_, "the input " + spec.to_string(), "history, gaps");
  }
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
  return std::make_unique<NeuralRanker>(
      config, two ? read_file(directory + kHistoryFile) : std::string(),
      read_file(directory + kCandidatesFile),
      std::vector<uint8_t>(learned.values().begin(), learned.values().end()), heads);
}

void NeuralRanker::save(const std::string& directory) const {
  if (history_) write_file(directory + kHistoryFile, history_bytes_);
  write_file(directory + kCandidatesFile, candidates_bytes_);
  write_npy(directory + kLearnedFile, learned_);
}

std::string NeuralRanker::config_json() const { return nlohmann::json(config_).dump(); }

std::shared_ptr<const EncodedHistory> NeuralRanker::encode(const NeuralRequest& request) const {
  std::vector<int64_t> key = request.tokens;
  if (config_.inputs.gaps) key.insert(key.end(), request.gaps.begin(), request.gaps.end());
  if (auto found = cache_.find(key)) return found;
  auto encoded = std::make_shared<EncodedHistory>();
  std::vector<std::span<float>> outputs;
  for (const TensorSpec& spec : history_->outputs()) {
    encoded->outputs.emplace_back(output_size(spec, request.tokens.size()));
  }
  for (auto& output : encoded->outputs) outputs.emplace_back(output);
  std::vector<TensorView> inputs;
  for (const TensorSpec& spec : history_->inputs()) {
    inputs.push_back(row(spec.name == "gaps" ? request.gaps : request.tokens));
  }
  history_->run(inputs, outputs);
  cache_.insert(std::move(key), encoded);
  return encoded;
}

// Candidates that do not see each other may come in blocks. Scores are written where they are
// wanted.
void NeuralRanker::score_one(const NeuralRequest& request, std::span<float> out) const {
  const auto encoded = history_ ? encode(request) : nullptr;
  const size_t events = request.tokens.size(), total = request.candidates.size();
  const auto view = [&](const TensorSpec& spec, size_t first, size_t count) -> TensorView {
    const auto m = static_cast<int64_t>(count);
    if (spec.name == "candidates") return row(std::span(request.candidates).subspan(first, count));
    if (spec.name == "request_gap") return {std::span(&request.request_gap, 1), {1}};
    if (spec.name == "numbers") {
      const auto numbers =
          std::span(request.numbers).subspan(first * kCandidateNumbers, count * kCandidateNumbers);
      return {numbers, {1, m, static_cast<int64_t>(kCandidateNumbers)}};
    }
    if (spec.name == "history") return row(request.tokens);
    if (spec.name == "gaps") return row(request.gaps);
    const auto& outputs = history_->outputs();
    const auto at = static_cast<size_t>(find(outputs, spec.name) - outputs.data());
    return {std::span<const float>(encoded->outputs[at]), output_shape(outputs[at], events)};
  };
  std::vector<std::span<float>> outputs(candidates_.outputs().size());
  const size_t block = config_.whole_list ? total : config_.block;
  for (size_t first = 0; first < total; first += block) {
    const size_t count = std::min(block, total - first);
    std::vector<TensorView> inputs;
    for (const TensorSpec& spec : candidates_.inputs()) inputs.push_back(view(spec, first, count));
    for (size_t o = 0; o < outputs.size(); ++o) {
      if (candidates_.outputs()[o].name != "scores") continue;
      outputs[o] = out.subspan(first * heads_.size(), count * heads_.size());
    }
    candidates_.run(inputs, outputs);
  }
  if (std::all_of(out.begin(), out.end(), [](float score) { return std::isfinite(score); })) return;
  throw Error("'candidates.onnx', output 'scores': found a number that is infinite or none at all");
}

void NeuralRanker::score_heads(std::span<const RankRequest> requests, std::span<float> out) const {
  const Pool<NeuralRequest>::Loan written(requests_);
  size_t begin = 0;
  for (const RankRequest& request : requests) {
    const size_t count = request.candidates.size() * heads_.size();
    if (count > 0) {
      write_request(request, config_.inputs, learned_, *written);
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
