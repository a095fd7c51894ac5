#include "kaskad/ranking/history_encoder.h"

#include <algorithm>
#include <functional>
#include <numeric>

#include "kaskad/core/error.h"

namespace kaskad {
namespace {

constexpr std::string_view kPast = "past_";
// How many new events are looked back over for a history that was encoded before.
constexpr size_t kMostNew = 16;
constexpr float kNothing[1] = {};  // a tensor without numbers still has an address

size_t size_of(const std::vector<int64_t>& shape) {
  return static_cast<size_t>(
      std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>()));
}

// Event by event, so that the key of a history begins with those of the shorter ones.
constexpr size_t kKeyUnit = 3;  // numbers of an event
std::vector<int64_t> key_of(const NeuralRequest& request) {
  std::vector<int64_t> key;
  key.reserve(kKeyUnit * request.tokens.size());
  for (size_t e = 0; e < request.tokens.size(); ++e) {
    key.insert(key.end(), {request.tokens[e], request.gaps[e], request.actions[e]});
  }
  return key;
}

// What an input of the graph is called, in the request; null: nothing of it.
const std::vector<int64_t>* events_of(const NeuralRequest& request, const std::string& name) {
  if (name == "history") return &request.tokens;
  if (name == "gaps") return &request.gaps;
  return name == "actions" ? &request.actions : nullptr;
}

}  // namespace

HistoryEncoder::HistoryEncoder(const std::string& graph, size_t cache_bytes)
    : session_(OnnxSession::from_bytes(graph, "history.onnx")), cache_(cache_bytes) {
  for (const TensorSpec& spec : session_.inputs()) {
    const bool past = spec.name.starts_with(kPast);
    const size_t of = past ? output(spec.name.substr(kPast.size())) : outputs();
    if (past ? of == outputs() : events_of({}, spec.name) == nullptr) {
      throw Error("'" + session_.path() + "': found the input " + spec.to_string() +
                  ", expected history, gaps, actions, or past_ and the name of an output");
    }
    past_of_.push_back(of);
    extends_ = extends_ || past;
  }
}

size_t HistoryEncoder::output(const std::string& name) const {
  const auto& specs = session_.outputs();
  return static_cast<size_t>(
      std::find_if(specs.begin(), specs.end(),
                   [&](const TensorSpec& spec) { return spec.name == name; }) -
      specs.begin());
}

std::vector<int64_t> HistoryEncoder::shape(size_t number, size_t events) const {
  std::vector<int64_t> shape = session_.outputs()[number].shape;
  for (int64_t& length : shape) {
    if (length < 0) length = static_cast<int64_t>(events);
  }
  return shape;
}

void HistoryEncoder::encode_with(Encode encode) {
  if (extends_) {
    throw Error("'" + session_.path() +
                "': found past keys among the inputs, expected none beside " +
                "weights of a kernel that encodes whole histories");
  }
  encode_ = std::move(encode);
}

std::shared_ptr<const EncodedHistory> HistoryEncoder::encode(const NeuralRequest& request) const {
  std::vector<int64_t> key = key_of(request);
  if (auto found = cache_.find(key)) return found;
  size_t known = 0;
  std::shared_ptr<const EncodedHistory> past;
  if (extends_) past = cache_.find_beginning(key, kKeyUnit, kMostNew, known);
  auto encoded = run(request, past.get(), known / kKeyUnit);
  if (pack_) {
    encoded->packed = pack_(*encoded, request.tokens.size());
    if (!extends_) encoded->outputs.clear();
  }
  cache_.insert(std::move(key), encoded);
  return encoded;
}

std::shared_ptr<EncodedHistory> HistoryEncoder::run(const NeuralRequest& request,
                                                    const EncodedHistory* past,
                                                    size_t past_events) const {
  auto encoded = std::make_shared<EncodedHistory>();
  for (size_t o = 0; o < outputs(); ++o) {
    encoded->outputs.emplace_back(size_of(shape(o, request.tokens.size())));
  }
  if (encode_) {
    encode_(request, encoded->outputs);
    return encoded;
  }
  const std::vector<std::span<float>> out(encoded->outputs.begin(), encoded->outputs.end());
  const auto fresh = [&](const std::vector<int64_t>& values) -> TensorView {
    const auto of_new = std::span(values).subspan(past_events);
    return {of_new, {1, static_cast<int64_t>(of_new.size())}};
  };
  std::vector<TensorView> in;
  for (size_t i = 0; i < past_of_.size(); ++i) {
    if (const size_t of = past_of_[i]; of < outputs()) {
      in.push_back({past ? std::span<const float>(past->outputs[of]) : std::span(kNothing).first(0),
                    shape(of, past_events)});
    } else {
      in.push_back(fresh(*events_of(request, session_.inputs()[i].name)));
    }
  }
  session_.run(in, out);
  return encoded;
}

}  // namespace kaskad
