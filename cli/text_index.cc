// kaskad text-index: the words of what items are called, as a bundle: the retriever of a cascade
// that finds what a user searches for.
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/console.h"
#include "kaskad/cooc/fit.h"
#include "kaskad/model/bundle.h"
#include "kaskad/model/golden.h"
#include "kaskad/retrieval/bm25.h"

namespace kaskad::cli {
namespace {

struct TextIndexArguments {
  std::string dataset, output, title_feature;
  std::vector<std::string> columns;
  Bm25Options bm25;
  bool json = false;
};

// Nothing is learned from the log, so no history is stored and no split is named.
void run_text_index(const TextIndexArguments& arguments) {
  const Dataset dataset = Dataset::open(arguments.dataset);
  const Bm25Retriever model(dataset.item_features(), dataset.num_items(), arguments.columns,
                            arguments.bm25);
  BundleContents contents = BundleContents::of(dataset, whole_log(dataset), "");
  contents.history_end.clear();
  contents.config_json = model.config_json();
  contents.golden_queries = model.golden_queries(kGoldenRequests);
  contents.title_feature = arguments.title_feature;
  write_bundle(arguments.output, contents, model, [&](const std::string& to) { model.save(to); });
  const Bundle written = load_bundle(arguments.output);
  if (arguments.json) {
    print_json({{"bundle", arguments.output},
                {"bundle_hash", written.hash},
                {"words", model.num_words()},
                {"items", model.num_items()}});
  } else {
    say(arguments.output + ": " + std::to_string(model.num_words()) + " words of " +
        std::to_string(model.num_items()) + " items");
  }
}

}  // namespace

void add_text_index(CLI::App& app) {
  auto arguments = std::make_shared<TextIndexArguments>();
  CLI::App* command = app.add_subcommand(
      "text-index", "Make a bundle that finds items by the words of a query, for a cascade");
  command->footer("Example:\n  kaskad text-index data --columns title -o runs/text");
  command->add_option("dataset", arguments->dataset, "Directory of the dataset")->required();
  command
      ->add_option("--columns", arguments->columns,
                   "Categorical features of items whose text counts (default: all)")
      ->delimiter(',');
  command
      ->add_option("--k1", arguments->bm25.k1, "BM25: how soon further occurrences stop to count")
      ->check(CLI::Range(0.0, 100.0))
      ->capture_default_str();
  command
      ->add_option("--b", arguments->bm25.b,
                   "BM25: how far long texts are held against their length")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command->add_option("--title-feature", arguments->title_feature,
                      "Item feature that people know items by (default: title or name)");
  command->add_option("-o,--output", arguments->output, "Directory of the bundle")->required();
  command->add_flag("--json", arguments->json, "One JSON object on standard output");
  command->callback([arguments] { run_text_index(*arguments); });
}

}  // namespace kaskad::cli
