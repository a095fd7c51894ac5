#include "kaskad/retrieval/neural_config.h"

#include <nlohmann/json.hpp>
#include <set>

#include "kaskad/core/error.h"

namespace kaskad {
namespace {

using nlohmann::json;

// Reads the fields of one object by name; what is left over at the end is unknown.
class Fields {
 public:
  Fields(const json& object, std::string prefix) : object_(object), prefix_(std::move(prefix)) {
    if (!object.is_object()) throw fault("", "an object");
  }

  const json* find(const char* key) {
    known_.insert(key);
    const auto found = object_.find(key);
    return found == object_.end() ? nullptr : &*found;
  }

  void read(const char* key, std::string& value) {
    const json* found = find(key);
    if (found == nullptr) return;
    if (!found->is_string()) throw fault(key, "a text");
    value = found->get<std::string>();
  }
  void read(const char* key, bool& value) {
    const json* found = find(key);
    if (found == nullptr) return;
    if (!found->is_boolean()) throw fault(key, "true or false");
    value = found->get<bool>();
  }
  void read(const char* key, size_t& value) {
    const json* found = find(key);
    if (found == nullptr) return;
    if (!found->is_number_integer() || *found < 1 || *found > kLargest) {
      throw fault(key, "a whole number from 1 to " + std::to_string(kLargest));
    }
    value = found->get<size_t>();
  }
  void read_share(const char* key, double& value) {
    const json* found = find(key);
    if (found == nullptr) return;
    if (!found->is_number() || !(*found > 0) || *found > 1) {
      throw fault(key, "a number above 0, at most 1");
    }
    value = found->get<double>();
  }

  void no_others() const {
    std::string names;
    for (const std::string& name : known_) names += (names.empty() ? "" : ", ") + name;
    for (const auto& [key, value] : object_.items()) {
      if (!known_.contains(key)) throw fault(key, "one of " + names);
    }
  }

 private:
  static constexpr size_t kLargest = 1'000'000;

  Error fault(const std::string& key, const std::string& expected) const {
    const bool whole = key.empty();
    const std::string found = whole                  ? object_.dump()
                              : known_.contains(key) ? object_.at(key).dump()
                                                     : "an unknown key";
    return Error("the model's config, '" + prefix_ + key + "': found " + found + ", expected " +
                 expected);
  }

  const json& object_;
  std::string prefix_;  // "inputs."
  std::set<std::string> known_;
};

HistoryInputs read_inputs(const json& object) {
  HistoryInputs inputs;
  Fields fields(object, "inputs.");
  fields.read("tokens", inputs.tokens);
  fields.read("gaps", inputs.gaps);
  fields.read("max_history", inputs.max_history);
  fields.read("begin_token", inputs.begin_token);
  fields.read("fixed_length", inputs.fixed_length);
  fields.read("drop_unlearned", inputs.drop_unlearned);
  fields.no_others();
  if (inputs.tokens.empty()) {
    throw Error("the model's config, 'inputs.tokens': found no name, expected that of an input");
  }
  return inputs;
}

UserInputs read_user(const json& object) {
  UserInputs user;
  Fields fields(object, "user.");
  fields.read("codes", user.codes);
  fields.read("numbers", user.numbers);
  fields.read("clock", user.clock);
  fields.no_others();
  return user;
}

}  // namespace

void to_json(json& out, const NeuralConfig& config) {
  out = {{"architecture", config.architecture},
         {"dimension", config.dimension},
         {"inputs",
          {{"tokens", config.inputs.tokens},
           {"gaps", config.inputs.gaps},
           {"max_history", config.inputs.max_history},
           {"begin_token", config.inputs.begin_token},
           {"fixed_length", config.inputs.fixed_length},
           {"drop_unlearned", config.inputs.drop_unlearned}}},
         {"user",
          {{"codes", config.user.codes},
           {"numbers", config.user.numbers},
           {"clock", config.user.clock}}},
         {"output", config.output},
         {"index", to_string(config.index)},
         {"recall", config.recall}};
}

void from_json(const json& object, NeuralConfig& config) {
  config = {};
  Fields fields(object, "");
  fields.read("architecture", config.architecture);
  fields.read("dimension", config.dimension);
  if (const json* inputs = fields.find("inputs")) config.inputs = read_inputs(*inputs);
  if (const json* user = fields.find("user")) config.user = read_user(*user);
  fields.read("output", config.output);
  std::string index = to_string(config.index);
  fields.read("index", index);
  config.index = parse_index_kind(index);
  fields.read_share("recall", config.recall);
  fields.find("recipe");
  fields.no_others();
}

}  // namespace kaskad
