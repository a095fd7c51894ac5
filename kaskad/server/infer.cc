#include "kaskad/server/infer.h"

#include <algorithm>

#include "kaskad/core/error.h"
#include "kaskad/core/nearest_name.h"
#include "kaskad/server/infer_tensor.h"

namespace kaskad {
namespace {

bool shape_fits(const TensorSpec& declared, const std::vector<int64_t>& given) {
  if (!declared.has_shape) return true;
  const auto fits = [](int64_t theirs, int64_t mine) { return theirs < 0 || theirs == mine; };
  return std::ranges::equal(declared.shape, given, fits);
}

// A request, matched with what the model declares.
class Inference {
 public:
  Inference(const InferModel& model, const InferRequest& request)
      : model_(model), session_(model.session()), request_(request) {}

  std::variant<std::vector<InferredTensor>, Refusal> answer() {
    if (auto fault = match_inputs()) return Refusal{400, *std::move(fault)};
    if (auto fault = match_outputs()) return Refusal{400, *std::move(fault)};
    std::vector<InferredTensor> answers;
    try {
      for (OwnedTensor& tensor : session_.run(inputs_, wanted_)) {
        const size_t i = answers.size();
        answers.push_back({session_.outputs()[wanted_[i]].name, std::move(tensor), binary_[i]});
      }
    } catch (const Error& error) {  // types and shapes fit: it is the values
      return Refusal{400, "model '" + model_.name() + "': " + without_path(error.what())};
    }
    return answers;
  }

 private:
  std::optional<std::string> match_inputs() {
    for (const TensorSpec& declared : session_.inputs()) {
      const auto given = std::ranges::find(request_.inputs, declared.name, &InferTensor::name);
      const std::string expected = datatype_text(declared.type, declared.shape);
      if (given == request_.inputs.end()) {
        return "input '" + declared.name + "': found nothing, expected " + expected;
      }
      if (given->type != declared.type || !shape_fits(declared, given->shape)) {
        return "input '" + declared.name + "': found " + datatype_text(given->type, given->shape) +
               ", expected " + expected;
      }
      inputs_.push_back({given->type, given->bytes, given->shape});
    }
    if (inputs_.size() == request_.inputs.size()) return std::nullopt;
    const auto known = known_names(session_.inputs());
    for (const InferTensor& given : request_.inputs) {
      if (std::ranges::find(known, given.name) != known.end()) continue;
      return "found input '" + given.name.substr(0, 60) + "', expected " +
             one_of(known, given.name);
    }
    return std::nullopt;
  }

  std::optional<std::string> match_outputs() {
    const std::vector<TensorSpec>& declared = session_.outputs();
    if (request_.outputs.empty()) {
      for (size_t o = 0; o < declared.size(); ++o) {
        if (element_size(declared[o].type) > 0) add_output(o, std::nullopt);
      }
      return std::nullopt;
    }
    for (const InferOutput& asked : request_.outputs) {
      const auto found = std::ranges::find(declared, asked.name, &TensorSpec::name);
      if (found == declared.end() || element_size(found->type) == 0) {
        return "found output '" + asked.name.substr(0, 60) + "', expected " +
               one_of(known_names(declared), asked.name) +
               (found == declared.end() ? "" : "; this one is no tensor of numbers");
      }
      add_output(static_cast<size_t>(found - declared.begin()), asked.binary);
    }
    return std::nullopt;
  }

  void add_output(size_t number, std::optional<bool> binary) {
    wanted_.push_back(number);
    binary_.push_back(binary.value_or(request_.binary_outputs));
  }

  // Where the file lies is nobody's business.
  std::string without_path(std::string text) const {
    const std::string path = "'" + session_.path() + "'";
    if (text.starts_with(path)) text.erase(0, path.size() + (text[path.size()] == ' ' ? 1 : 2));
    return text;
  }

  const InferModel& model_;
  const OnnxSession& session_;
  const InferRequest& request_;
  std::vector<TensorBytes> inputs_;  // (inputs of the graph)
  std::vector<size_t> wanted_;       // outputs of the graph
  std::vector<bool> binary_;         // (wanted)
};

}  // namespace

std::variant<const InferModel*, Refusal> find_model(const Served& served, const std::string& name,
                                                    std::optional<std::string_view> version) {
  const InferModel* model = served.infer.find(name);
  if (!model) {
    return Refusal{404, "found the model '" + name.substr(0, 60) + "', expected " +
                            one_of(served.infer.names(), name)};
  }
  if (version && *version != model->version()) {
    return Refusal{404, "found version '" + std::string(version->substr(0, 60)) + "' of '" + name +
                            "', expected '" + model->version() + "'"};
  }
  return model;
}

std::variant<std::vector<InferredTensor>, Refusal> infer(const InferModel& model,
                                                         const InferRequest& request) {
  return Inference(model, request).answer();
}

}  // namespace kaskad
