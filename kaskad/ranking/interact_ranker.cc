#include "kaskad/ranking/interact_ranker.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "kaskad/core/error.h"

namespace kaskad {
namespace {

Error unfit_part(const std::string& what, size_t found, size_t expected) {
  return Error("a ranker of the kind interact_rank, " + what + ": found " + std::to_string(found) +
               ", expected " + std::to_string(expected));
}

AlignedArray<float> take(std::vector<float>& values) {
  AlignedArray<float> taken(values.size());
  std::copy(values.begin(), values.end(), taken.data());
  values = {};
  return taken;
}

}  // namespace

InteractRanker::InteractRanker(const InteractConfig& config, InteractParts parts,
                               std::vector<Head> heads)
    : config_(config),
      vectors_(take(parts.vectors)),
      parts_(std::move(parts)),
      live_(parts_.counters ? std::make_shared<LiveCounters>(parts_.counters) : nullptr),
      heads_(std::move(heads)),
      writer_(config.inputs, parts_.learned, parts_.features.get(), nullptr, &parts_.query_side),
      query_(OnnxSession::from_bytes(parts_.query, "query.onnx")),
      scratch_([] { return std::make_unique<Scratch>(); }) {
  check_parts();
  bind_inputs();
  fold_scale();
}

void InteractRanker::check_parts() const {
  const size_t floats = (parts_.learned.size() + 1) * config_.dimension;
  if (vectors_.size() != floats) {
    throw unfit_part("'vectors.npy' floats", vectors_.size(), floats);
  }
  const size_t counted = parts_.counters ? parts_.counters->num_features() : 0;
  const size_t rows = parts_.learned.size();
  if (parts_.counters && parts_.counters->items().size() != rows) {
    throw unfit_part("items of 'counters'", parts_.counters->items().size(), rows);
  }
  if (parts_.counter_scale.size() != counted) {
    throw unfit_part("scaled counters in 'affine.json'", parts_.counter_scale.size(), counted);
  }
  const size_t cross = writer_.numbers() - skipped() + counted;
  if (num_cross() != cross) throw unfit_part("weights in 'affine.json'", num_cross(), cross);
  if (parts_.affine.biases.size() != heads_.size()) {
    throw unfit_part("biases in 'affine.json'", parts_.affine.biases.size(), heads_.size());
  }
}

void InteractRanker::bind_inputs() {
  static const std::map<std::string, Input> kInputs = {{"history", Input::kHistory},
                                                       {"actions", Input::kActions},
                                                       {"ages", Input::kAges},
                                                       {"query_tokens", Input::kTokens},
                                                       {"query", Input::kQuery},
                                                       {"user_codes", Input::kUserCodes},
                                                       {"user_numbers", Input::kUserNumbers},
                                                       {"clock", Input::kClock}};
  for (const TensorSpec& input : query_.inputs()) {
    const auto found = kInputs.find(input.name);
    if (found == kInputs.end()) {
      throw Error("'query.onnx': found the input " + input.to_string() + ", expected history, " +
                  "actions, ages, query_tokens, query, user_codes, user_numbers, clock");
    }
    inputs_.push_back(found->second);
  }
  const auto& outputs = query_.outputs();
  const std::vector<int64_t> expected = {1, static_cast<int64_t>(heads_.size()),
                                         static_cast<int64_t>(config_.dimension)};
  if (outputs.size() != 1 || outputs[0].shape != expected) {
    throw Error("'query.onnx': found " +
                (outputs.empty() ? std::string("no output") : outputs[0].to_string()) +
                ", expected one output (1, " + std::to_string(heads_.size()) + ", " +
                std::to_string(config_.dimension) + ")");
  }
}

// w (f(x) - mean) inverse = (w inverse) f(x) - w mean inverse
void InteractRanker::fold_scale() {
  std::vector<float> weights = parts_.affine.weights;
  std::vector<uint8_t> logged(weights.size(), 0);
  const CounterScale& scale = parts_.counter_scale;
  const size_t given = num_given();
  double subtracted = 0;
  for (size_t j = 0; j < scale.size(); ++j) {
    weights[given + j] *= scale.inverse[j];
    subtracted += double{weights[given + j]} * scale.mean[j];
    logged[given + j] = scale.logged[j];
  }
  cross_ = CrossWeights(weights, logged);
  double all = 0, bias = 0;
  for (size_t h = 0; h < heads_.size(); ++h) {
    biases_.push_back(static_cast<float>(parts_.affine.biases[h] - subtracted));
    all += heads_[h].weight;
    bias += double{heads_[h].weight} * (parts_.affine.biases[h] - subtracted);
  }
  merged_bias_ = static_cast<float>(bias);
  merged_weight_ = static_cast<float>(all);
  std::vector<float> merged(weights.begin(), weights.begin() + static_cast<ptrdiff_t>(given));
  for (float& weight : merged) weight *= merged_weight_;
  merged_ = CrossWeights(merged, std::span(logged).first(given));
  if (!parts_.counters) return;
  sums_ = std::make_unique<const CounterSums>(
      live_,
      [counted = std::vector<float>(weights.begin() + static_cast<ptrdiff_t>(given), weights.end()),
       shapes = scale.logged,
       width = parts_.counters->layout().num_features()](size_t segment, const float* features) {
        double sum = 0;
        for (size_t j = 0; j < width; ++j) {
          const float x = features[j];
          const size_t at = segment * width + j;
          sum += double{counted[at]} * (shapes[at] ? bits_log2(x) : x);
        }
        return sum;
      });
}

TensorView InteractRanker::view(Input input, const NeuralRequest& request) const {
  const auto row = [](std::span<const int64_t> values) {
    return TensorView{values, {1, static_cast<int64_t>(values.size())}};
  };
  const QueryInputs& query = request.query;
  switch (input) {
    case Input::kHistory:
      return row(request.tokens);
    case Input::kActions:
      return row(request.actions);
    case Input::kAges:
      return row(request.ages);
    case Input::kTokens:
      return row(query.tokens);
    case Input::kQuery:
      return {std::span(&query.query, 1), {1}};
    case Input::kUserCodes:
      return row(query.user_codes);
    case Input::kUserNumbers:
      return {std::span<const float>(query.user_numbers),
              {1, static_cast<int64_t>(query.user_numbers.size())}};
    case Input::kClock:
      break;
  }
  return row(query.clock);
}

void InteractRanker::run_query(const RankRequest& request, Scratch& scratch) const {
  std::vector<TensorView> in;
  for (const Input input : inputs_) in.push_back(view(input, scratch.request));
  scratch.queries.resize(heads_.size() * config_.dimension);
  std::span<float> out = scratch.queries;
  query_.run(in, {&out, 1});
  scratch.merged.assign(config_.dimension, 0);
  for (size_t h = 0; h < heads_.size(); ++h) {
    for (size_t i = 0; i < config_.dimension; ++i) {
      scratch.merged[i] += heads_[h].weight * scratch.queries[h * config_.dimension + i];
    }
  }
  const bool finite = std::all_of(scratch.queries.begin(), scratch.queries.end(),
                                  [](float x) { return std::isfinite(x); });
  if (!finite) {
    throw Error("'query.onnx': found a number that is infinite or none at all, of a request with " +
                std::to_string(request.history.size()) + " events");
  }
}

// What the pass reads of each candidate: the row of its vector, and its numbers side by side.
void InteractRanker::gather(const RankRequest& request, bool with_counters,
                            Scratch& scratch) const {
  const size_t count = request.candidates.size(), given = num_given();
  const size_t counted = with_counters ? parts_.counter_scale.size() : 0;
  const size_t width = given + counted;
  scratch.rows.resize(count);
  scratch.numbers.resize(count * width);
  for (size_t c = 0; c < count; ++c) {
    const size_t item = index(request.candidates[c]);
    scratch.rows[c] = item < parts_.learned.size() ? static_cast<uint32_t>(item) + 1 : 0;
  }
  if (given > 0) {
    writer_.write(request, scratch.request);
    for (size_t c = 0; c < count; ++c) {
      std::copy_n(scratch.request.numbers.data() + c * writer_.numbers() + skipped(), given,
                  scratch.numbers.data() + c * width);
    }
  }
  if (counted == 0) return;
  scratch.request.counters.resize(count * counted);
  live_->answer(counter_request(request), scratch.request.counters);
  for (size_t c = 0; c < count; ++c) {
    std::copy_n(scratch.request.counters.data() + c * counted, counted,
                scratch.numbers.data() + c * width + given);
  }
}

void InteractRanker::score_one(const RankRequest& request, Scratch& scratch, float* scores) const {
  writer_.write_query(request, scratch.request);
  run_query(request, scratch);
  gather(request, false, scratch);
  PreRankItems items{vectors_.data(), config_.dimension};
  float bias = merged_bias_;
  if (sums_) {
    bias += sums_->begin(counter_request(request), merged_weight_, scratch.sums);
    items.offsets = scratch.sums.offsets.data();
    items.marked = scratch.sums.marked.data();
  }
  pre_rank(items, scratch.rows, scratch.numbers.data(), scratch.merged.data(), merged_, bias,
           scores);
  if (!sums_) return;
  for (size_t c = 0; c < scratch.sums.extra.size(); ++c) scores[c] += scratch.sums.extra[c];
  sums_->clear(scratch.sums);
}

std::vector<std::string> InteractRanker::feature_names() const {
  std::vector<std::string> names;
  if (parts_.features) names = names_of(parts_.features->features.columns());
  if (!parts_.counters) return names;
  const auto counters = parts_.counters->feature_names();
  names.insert(names.end(), counters.begin(), counters.end());
  return names;
}

void InteractRanker::features(const RankRequest& request, std::span<float> out) const {
  const size_t count = request.candidates.size();
  const size_t given = parts_.features ? parts_.features->features.columns().size() : 0;
  const size_t counted = parts_.counters ? parts_.counters->num_features() : 0;
  std::vector<float> values(count * std::max(given, counted));
  const auto copy = [&](size_t from, size_t width) {
    for (size_t c = 0; c < count; ++c) {
      std::copy_n(values.data() + c * width, width, out.data() + c * (given + counted) + from);
    }
  };
  if (given > 0) {
    parts_.features->features.compute(request, std::span(values).first(count * given));
    copy(0, given);
  }
  if (counted == 0) return;
  live_->answer(counter_request(request), std::span(values).first(count * counted));
  copy(given, counted);
}

void InteractRanker::score(std::span<const RankRequest> requests, std::span<float> out) const {
  const Pool<Scratch>::Loan scratch(scratch_);
  size_t begin = 0;
  for (const RankRequest& request : requests) {
    if (request.candidates.empty()) continue;
    score_one(request, *scratch, out.data() + begin);
    begin += request.candidates.size();
  }
  KASKAD_ASSERT(begin == out.size());
}

void InteractRanker::score_heads(std::span<const RankRequest> requests,
                                 std::span<float> out) const {
  const Pool<Scratch>::Loan scratch(scratch_);
  const PreRankItems items{vectors_.data(), config_.dimension};
  float* to = out.data();
  for (const RankRequest& request : requests) {
    const size_t count = request.candidates.size();
    if (count == 0) continue;
    writer_.write_query(request, scratch->request);
    run_query(request, *scratch);
    gather(request, true, *scratch);
    scratch->scores.resize(count);
    for (size_t h = 0; h < heads_.size(); ++h) {
      pre_rank(items, scratch->rows, scratch->numbers.data(),
               scratch->queries.data() + h * config_.dimension, cross_, biases_[h],
               scratch->scores.data());
      for (size_t c = 0; c < count; ++c) to[c * heads_.size() + h] = scratch->scores[c];
    }
    to += count * heads_.size();
  }
  KASKAD_ASSERT(to == out.data() + out.size());
}

std::vector<std::string> InteractRanker::context_names() const {
  if (!parts_.features) return {};
  return parts_.features->features.context_names();
}

}  // namespace kaskad
