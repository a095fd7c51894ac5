// kaskad popularity: what most people took, ever or lately, as a bundle: a retriever of a cascade,
// and what answers users of whom nothing is known.
#include "kaskad/retrieval/popularity.h"

#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/console.h"
#include "kaskad/cooc/fit.h"
#include "kaskad/model/bundle.h"

namespace kaskad::cli {
namespace {

struct PopularityArguments {
  std::string dataset, output, title_feature;
  std::string window = "popularity", split = "leave-one-out";
  bool whole_log = false, json = false;
};

void run_popularity(const PopularityArguments& arguments) {
  const Dataset dataset = Dataset::open(arguments.dataset);
  const Split split = make_split(dataset, SplitOptions::parse(arguments.split));
  const Phase phase = arguments.whole_log ? whole_log(dataset) : split.test;
  const auto options =
      PopularityOptions::parse(arguments.window, dataset.time_kind(), split.options.kind);
  const auto model = PopularityRetriever::fit(dataset, phase, options);
  BundleContents contents =
      BundleContents::of(dataset, phase, arguments.whole_log ? "" : split.hash);
  contents.config_json = model->config_json();
  contents.title_feature = arguments.title_feature;
  write_bundle(arguments.output, contents, *model, [&](const std::string& to) { model->save(to); });
  const Bundle written = load_bundle(arguments.output);
  if (arguments.json) {
    print_json({{"bundle", arguments.output},
                {"bundle_hash", written.hash},
                {"popularity", options.to_string()},
                {"items", model->num_items()}});
  } else {
    say(arguments.output + ": " + options.to_string() + " of " +
        std::to_string(model->num_items()) + " items");
  }
}

}  // namespace

void add_popularity(CLI::App& app) {
  auto arguments = std::make_shared<PopularityArguments>();
  CLI::App* command =
      app.add_subcommand("popularity", "Make a bundle of what most people took, for a cascade");
  command->footer("Example:\n  kaskad popularity data --whole-log -o runs/popular");
  command->add_option("dataset", arguments->dataset, "Directory of the dataset")->required();
  command
      ->add_option("--window", arguments->window,
                   "popularity: of all time; popularity-window:7d: of the last days; "
                   "popularity-window:0.1: of the last share of each history")
      ->capture_default_str();
  command->add_option("--split", arguments->split, "What may be learned")->capture_default_str();
  command->add_flag("--whole-log", arguments->whole_log, "Learn everything, as for production");
  command->add_option("--title-feature", arguments->title_feature,
                      "Item feature that people know items by (default: title or name)");
  command->add_option("-o,--output", arguments->output, "Directory of the bundle")->required();
  command->add_flag("--json", arguments->json, "One JSON object on standard output");
  command->callback([arguments] { run_popularity(*arguments); });
}

}  // namespace kaskad::cli
