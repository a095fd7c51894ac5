// kaskad export: a neural bundle as plain files that Python, or anything with ONNX Runtime, reads
// without kaskad.
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/console.h"
#include "cli/text_field.h"
#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "kaskad/dataset/time_gap.h"
#include "kaskad/model/bundle.h"
#include "kaskad/retrieval/neural.h"

namespace kaskad::cli {
namespace {

constexpr const char* kCopied[] = {"user.onnx", "items.npy", "popularity.npy"};

void write_items_csv(const std::string& path, const IdMap& items) {
  FileWriter writer(path);
  writer.write("index,item_id\n");
  std::string line;
  for (size_t item = 0; item < items.size(); ++item) {
    line = std::to_string(item) + ",";
    append_field(line, items.name(item), ',');
    writer.write(line + "\n");
  }
  writer.close();
}

nlohmann::ordered_json spec_json(const TensorSpec& spec, const std::string& meaning) {
  nlohmann::ordered_json shape = nlohmann::ordered_json::array();
  for (const int64_t length : spec.shape) {
    if (length < 0) {
      shape.push_back(nullptr);  // chosen by the caller
    } else {
      shape.push_back(length);
    }
  }
  const bool is_float = spec.type == TensorSpec::Type::kFloat;
  return {{"name", spec.name},
          {"type", is_float ? "float32" : "int64"},
          {"shape", shape},
          {"meaning", meaning}};
}

std::string meaning_of(const std::string& input, const NeuralConfig& config) {
  if (input == config.inputs.gaps)
    return "bucket of the time since the event before, 0 for the first";
  if (input == config.user.codes) {
    return "codes of the user's categories: 1 for the first value of the first column of "
           "user_schema.json, and so on through all of them; 0 fills rows up";
  }
  if (input == config.user.numbers) {
    return "numbers of the user, in the order of user_schema.json; NaN where unknown";
  }
  if (input == config.user.clock) {
    return "1 + hour of the request, 25 + days since Monday (UTC); 0 where unknown";
  }
  return "index of the item + 1, the newest event last";
}

// What a program needs to ask the model.
nlohmann::ordered_json describe(const Bundle& bundle, const NeuralConfig& config) {
  const OnnxSession session(bundle.directory + "/user.onnx");
  const HistoryInputs& in = config.inputs;
  nlohmann::ordered_json inputs = nlohmann::ordered_json::array();
  for (const TensorSpec& spec : session.inputs()) {
    inputs.push_back(spec_json(spec, meaning_of(spec.name, config)));
  }
  nlohmann::ordered_json output;
  for (const TensorSpec& spec : session.outputs()) {
    if (spec.name == config.output) output = spec_json(spec, "vector of the user");
  }
  const size_t items = bundle.items.size();
  return {{"format", "kaskad export"},
          {"architecture", config.architecture},
          {"bundle_hash", bundle.hash},
          {"items", items},
          {"dimension", config.dimension},
          {"inputs", inputs},
          {"output", output},
          {"tokens",
           {{"padding", 0},
            {"padding_side", "left"},
            {"begin", in.begin_token ? nlohmann::json(items + 1) : nlohmann::json()},
            {"max_history", in.max_history},
            {"fixed_length", in.fixed_length},
            {"drop_unlearned", in.drop_unlearned}}},
          {"gap_buckets", in.gaps.empty() ? nlohmann::json() : nlohmann::json(kGapBuckets)},
          {"score", "items @ user"}};
}

// What else the graph asks of a user.
std::string users_text(const NeuralConfig& config) {
  std::string text;
  for (const std::string& name : {config.user.codes, config.user.numbers, config.user.clock}) {
    if (!name.empty()) text += "\n`" + name + "`: " + meaning_of(name, config) + ".\n";
  }
  return text;
}

std::string readme(const nlohmann::ordered_json& model, const NeuralConfig& config) {
  const HistoryInputs& in = config.inputs;
  std::string text = "# A " + (config.architecture.empty() ? "neural" : config.architecture) +
                     " model of " + std::to_string(model["items"].get<size_t>()) + R"( items

- `user.onnx`: a history in, the vector of the user out
- `items.npy`: (items, dimension) float32, the vectors of the items
- `items.csv`: index (row of `items.npy`) and id of each item
- `popularity.npy`: (items) uint64, learned events
- `model.json`: names, types and shapes of inputs and output, and what follows, for programs
- `config.json`: the same as `kaskad bundle --config` reads it

## The history

)";
  text +=
      "1. Take the indices of the items, oldest first. Leave out items that are not in "
      "`items.csv`";
  text += in.drop_unlearned ? " or whose `popularity.npy` is 0.\n" : ".\n";
  text += "2. Keep the newest " + std::to_string(in.max_history) + ".\n";
  text += "3. Add 1 to each: these are the tokens of `" + in.tokens + "`.\n";
  if (in.begin_token) {
    text += "4. Put the token " + std::to_string(model["items"].get<size_t>() + 1) +
            " in front when there are fewer than " + std::to_string(in.max_history) + ".\n";
  }
  if (!in.gaps.empty()) {
    text += "   `" + in.gaps +
            "` holds, for each token, the bucket of the time since the event before: 0 for the "
            "first, 1 up to a second, then b for over 2^(b-2) s and up to 2^(b-1) s, at most " +
            std::to_string(kGapBuckets - 1) + ".\n";
  }
  text += users_text(config);
  text += in.fixed_length
              ? "\nPad every row with 0 on the left to " + std::to_string(in.max_history) + ".\n"
              : std::string("\nIn a batch, pad with 0 on the left to the longest row.\n");
  if (!in.begin_token) {
    text += "An empty history has no vector: answer by `popularity.npy`.\n";
  }
  text += R"(
## The score

```python
import numpy as np, onnxruntime
session = onnxruntime.InferenceSession("user.onnx")
items = np.load("items.npy", mmap_mode="r")
)";
  std::string feeds = "\"" + in.tokens + "\": tokens";
  for (const std::string& name :
       {in.gaps, config.user.codes, config.user.numbers, config.user.clock}) {
    if (!name.empty()) feeds += ", \"" + name + "\": " + name;
  }
  text += "user, = session.run([\"" + config.output + "\"], {" + feeds +
          "})  # int64 (batch, length) in\n"
          "scores = user @ items.T  # (batch, items); leave out what was seen, take the largest\n"
          "```\n";
  return text;
}

void run_export(const std::string& directory, const std::string& output, bool as_json) {
  const Bundle bundle = load_bundle(directory);
  const auto* model = dynamic_cast<const NeuralRetriever*>(bundle.retriever.get());
  if (model == nullptr) {
    throw Error("bundle '" + directory + "' is of kind '" + bundle.kind + "', expected '" +
                NeuralRetriever::kKind + "': only neural models are ONNX files");
  }
  const nlohmann::ordered_json description = describe(bundle, model->config());
  StagedDirectory staged(output);
  for (const char* name : kCopied) {
    std::filesystem::copy_file(directory + "/" + name, staged.file(name));
  }
  if (model->config().user.features()) {
    std::filesystem::copy_file(directory + "/user_schema.json", staged.file("user_schema.json"));
  }
  write_items_csv(staged.file("items.csv"), bundle.items);
  write_file(staged.file("model.json"), description.dump(1) + "\n");
  write_file(staged.file("config.json"), nlohmann::json(model->config()).dump(1) + "\n");
  write_file(staged.file("README.md"), readme(description, model->config()));
  staged.commit();
  if (as_json) {
    nlohmann::json result = description;
    result["output_directory"] = output;
    print_json(result);
  } else {
    say(output + ": user.onnx, items.npy and how to ask them (README.md)");
  }
}

}  // namespace

void add_export(CLI::App& app) {
  struct Flags {
    std::string bundle, output;
    bool json = false;
  };
  auto flags = std::make_shared<Flags>();
  CLI::App* command =
      app.add_subcommand("export", "Write a neural bundle as plain ONNX and NumPy files");
  command->footer(
      "Example:\n"
      "  kaskad export --onnx runs/sasrec/bundle -o plain");
  command->add_option("--onnx", flags->bundle, "Directory of the bundle")->required();
  command->add_option("-o,--output", flags->output, "Directory to write")->required();
  command->add_flag("--json", flags->json, "One JSON object on standard output");
  command->callback([flags] { run_export(flags->bundle, flags->output, flags->json); });
}

}  // namespace kaskad::cli
