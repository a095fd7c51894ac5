#include "kaskad/ranking/amortized_kernel.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "kaskad/core/npy.h"

namespace kaskad {
namespace {

constexpr const char* kShapeFile = "/candidates.json";
constexpr const char* kWeightsFile = "/candidates.npy";
constexpr RankKernel kAll[] = {RankKernel::kOnnx, RankKernel::kFp32, RankKernel::kInt8};

nlohmann::json shape_of(const CandidateWeights& weights) {
  return {{"dimension", weights.dimension},
          {"heads", weights.heads},
          {"layers", weights.layers.size()},
          {"inner", weights.layers.front().up.outputs},
          {"numbers", weights.numbers},
          {"actions", weights.actions()},
          {"tokens", weights.num_tokens()},
          {"gaps", weights.num_gaps()},
          {"crosses", weights.crosses.size()},
          {"cross_rank", weights.crosses.empty() ? 0 : weights.crosses.front().down.outputs},
          {"places", weights.num_places()},
          {"event_gaps", weights.events.gaps.size() / weights.dimension},
          {"event_actions", weights.events.actions.size() / weights.dimension},
          {"self", weights.self},
          {"epsilon", weights.epsilon}};
}

LinearWeights linear(size_t inputs, size_t outputs) {
  return {inputs, outputs, std::vector<float>(inputs * outputs), std::vector<float>(outputs)};
}

// Arrays of zeros in the sizes that the file says.
CandidateWeights of_shape(const nlohmann::json& shape) {
  CandidateWeights out;
  const auto d = shape.at("dimension").get<size_t>(), inner = shape.at("inner").get<size_t>();
  const NormWeights norm{std::vector<float>(d), std::vector<float>(d)};
  out.dimension = d;
  shape.at("heads").get_to(out.heads);
  shape.at("numbers").get_to(out.numbers);
  shape.at("self").get_to(out.self);
  shape.at("epsilon").get_to(out.epsilon);
  out.tokens.resize(shape.at("tokens").get<size_t>() * d);
  out.gaps.resize(shape.at("gaps").get<size_t>() * d);
  out.layers.assign(shape.at("layers").get<size_t>(), {.norm1 = norm,
                                                       .norm2 = norm,
                                                       .in = linear(d, 3 * d),
                                                       .out = linear(d, d),
                                                       .up = linear(d, inner),
                                                       .down = linear(inner, d)});
  out.final_norm = norm;
  // Without them in bundles from before heads were crossed in the kernel.
  const auto rank = shape.value("cross_rank", size_t{0});
  const size_t width = out.width();
  const CrossLayerWeights cross{rank > 0 ? linear(width, rank) : LinearWeights{},
                                linear(rank > 0 ? rank : width, width)};
  out.crosses.assign(shape.value("crosses", size_t{0}), cross);
  // Without them where a graph encodes histories, as in bundles from before the kernel did.
  if (const auto places = shape.value("places", size_t{0}); places > 0) {
    out.events.begin.resize(d);
    out.events.positions.resize(places * d);
    out.events.gaps.resize(shape.at("event_gaps").get<size_t>() * d);
    out.events.actions.resize(shape.at("event_actions").get<size_t>() * d);
  }
  out.head_in = linear(width, d);
  out.head_out = linear(d, shape.at("actions").get<size_t>());
  return out;
}

// In the order of the file. Weights may be const.
template <class Weights, class Visit>
void for_each_array(Weights& weights, const Visit& visit) {
  const auto linear = [&](auto& map) { visit(map.weight), visit(map.bias); };
  const auto norm = [&](auto& of) { visit(of.scale), visit(of.shift); };
  visit(weights.tokens), visit(weights.gaps);
  for (auto& layer : weights.layers) {
    norm(layer.norm1), linear(layer.in), linear(layer.out);
    norm(layer.norm2), linear(layer.up), linear(layer.down);
  }
  norm(weights.final_norm);
  for (auto& cross : weights.crosses) linear(cross.down), linear(cross.map);
  linear(weights.head_in), linear(weights.head_out);
  visit(weights.events.begin), visit(weights.events.positions);
  visit(weights.events.gaps), visit(weights.events.actions);
}

void expect(const char* what, size_t found, size_t expected) {
  if (found == expected) return;
  throw Error(std::string("the weights of a neural ranker's kernel, '") + what + "': found " +
              std::to_string(found) + ", expected " + std::to_string(expected));
}

// Keys and values of each layer, by the names that history.onnx gives them.
std::vector<size_t> outputs_of(const HistoryEncoder& encoder, const CandidateWeights& weights) {
  const auto heads = static_cast<int64_t>(weights.heads);
  const std::vector<int64_t> shape = {1, heads, 1, static_cast<int64_t>(weights.size())};
  std::vector<size_t> numbers;
  for (size_t layer = 0; layer < weights.layers.size(); ++layer) {
    for (const char* name : {"keys", "values"}) {
      const size_t number = encoder.output(name + std::to_string(layer));
      if (number == encoder.outputs() || encoder.shape(number, 1) != shape) {
        throw Error("'history.onnx': found no output '" + (name + std::to_string(layer)) +
                    "' of the heads and layers that the weights in candidates.npy have");
      }
      numbers.push_back(number);
    }
  }
  return numbers;
}

CandidatePrecision precision_of(RankKernel kernel) {
  KASKAD_ASSERT(kernel != RankKernel::kOnnx);
  return kernel == RankKernel::kInt8 ? CandidatePrecision::kInt8 : CandidatePrecision::kFp32;
}

}  // namespace

std::string to_string(RankKernel kernel) {
  switch (kernel) {
    case RankKernel::kOnnx:
      return "onnx";
    case RankKernel::kFp32:
      return "fp32";
    case RankKernel::kInt8:
      return "int8";
  }
  return "";
}

RankKernel parse_rank_kernel(const std::string& text) {
  for (const RankKernel kernel : kAll) {
    if (to_string(kernel) == text) return kernel;
  }
  throw Error("the kernel of a neural ranker: found \"" + text + "\", expected onnx, fp32 or int8");
}

void save_weights(const std::string& directory, const CandidateWeights& weights) {
  std::vector<float> all;
  for_each_array(weights,
                 [&](const auto& array) { all.insert(all.end(), array.begin(), array.end()); });
  write_file(directory + kShapeFile, shape_of(weights).dump() + "\n");
  write_npy(directory + kWeightsFile, all);
}

CandidateWeights load_weights(const std::string& directory) {
  const std::string path = directory + kShapeFile;
  CandidateWeights weights;
  try {
    weights = of_shape(nlohmann::json::parse(read_file(path)));
  } catch (const nlohmann::json::exception& fault) {
    throw data_error(path, 0, "", fault.what(), "the shape of a neural ranker's weights");
  }
  const NpyFile<float> file(directory + kWeightsFile);
  size_t expected = 0;
  for_each_array(weights, [&](const auto& array) { expected += array.size(); });
  if (file.values().size() != expected) {
    throw data_error(directory + kWeightsFile, 0, "",
                     std::to_string(file.values().size()) + " numbers",
                     std::to_string(expected) + ", as candidates.json says");
  }
  const float* next = file.values().data();
  for_each_array(weights, [&](auto& array) {
    std::copy_n(next, array.size(), array.begin());
    next += array.size();
  });
  return weights;
}

AmortizedKernel::AmortizedKernel(const CandidateWeights& weights, RankKernel kernel, size_t numbers,
                                 size_t actions, const NeuralInputs& inputs,
                                 HistoryEncoder& encoder)
    : kernel_(weights, precision_of(kernel)), outputs_(outputs_of(encoder, weights)) {
  expect("numbers", weights.numbers, numbers);
  expect("actions", weights.actions(), actions);
  encoder.pack_with([this](const EncodedHistory& history, size_t events) {
    CandidateKeys keys{events, {}, {}};
    for (size_t o = 0; o < outputs_.size(); ++o) {
      (o % 2 == 0 ? keys.keys : keys.values).emplace_back(history.outputs[outputs_[o]]);
    }
    return std::make_shared<const PackedKeys>(kernel_.pack(keys));
  });
  if (weights.events.given()) encode_by_kernel(weights, inputs, encoder);
}

void AmortizedKernel::encode_by_kernel(const CandidateWeights& weights, const NeuralInputs& inputs,
                                       HistoryEncoder& encoder) {
  expect("events.positions", weights.num_places(), inputs.max_history + 1);
  expect("events.gaps", weights.events.gaps.empty() ? 0 : 1, inputs.gaps ? 1 : 0);
  const size_t tokens =
      inputs.actions.empty() ? 0 : static_cast<size_t>(kFirstActionToken) + inputs.actions.size();
  expect("events.actions", weights.events.actions.size() / weights.dimension, tokens);
  expect("outputs of history.onnx", encoder.outputs(), outputs_.size());
  history_.emplace(weights);
  encoder.encode_with([this](const NeuralRequest& request, HistoryArrays& out) {
    HistoryArrays ordered(outputs_.size());
    for (size_t o = 0; o < outputs_.size(); ++o) ordered[o].swap(out[outputs_[o]]);
    history_->encode({request.tokens, request.gaps, request.actions}, ordered);
    for (size_t o = 0; o < outputs_.size(); ++o) ordered[o].swap(out[outputs_[o]]);
  });
}

void AmortizedKernel::score(const EncodedHistory& history, const NeuralRequest& request,
                            std::span<float> out) const {
  const CandidateList list{request.candidates, request.numbers,
                           static_cast<size_t>(request.request_gap)};
  kernel_.score(*history.packed, list, out);
}

}  // namespace kaskad
