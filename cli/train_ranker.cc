// kaskad train-ranker: a ranker learned from stored lists, or one that was trained elsewhere.
#include <memory>

#include "cli/commands.h"
#include "cli/train/ranker.h"
#include "cli/train_gbdt.h"
#include "cli/train_onnx.h"
#include "cli/train_search.h"
#include "cli/training_program.h"

namespace kaskad::cli {
namespace {

void add_tree_options(CLI::App* verb, GbdtArguments& a) {
  verb->add_option("--objective", a.gbdt.objective,
                   "rank:ndcg, rank:pairwise, or binary:logistic for a probability")
      ->capture_default_str();
  verb->add_option("--rounds", a.gbdt.rounds, "Trees at most")->capture_default_str();
  verb->add_option("--patience", a.gbdt.patience,
                   "Stop after so many rounds without a better validation NDCG@10 (0: never)")
      ->capture_default_str();
  verb->add_option("--learning-rate", a.gbdt.learning_rate)
      ->check(CLI::Range(1e-6, 1.0))
      ->capture_default_str();
  verb->add_option("--depth", a.gbdt.depth, "Of a tree")->capture_default_str();
  verb->add_option("--min-child-weight", a.gbdt.min_child_weight,
                   "Sum of second derivatives that a leaf must hold")
      ->capture_default_str();
  verb->add_option("--subsample", a.gbdt.subsample, "Of the rows, for each tree")
      ->check(CLI::Range(1e-3, 1.0))
      ->capture_default_str();
  verb->add_option("--column-share", a.gbdt.column_share, "Of the features, for each tree")
      ->check(CLI::Range(1e-3, 1.0))
      ->capture_default_str();
  verb->add_option("--retrieval-prior", a.gbdt.retrieval_prior,
                   "Trees begin at the order of retrieval, at -A ln(rank); 0: at nothing. Not for "
                   "binary:logistic")
      ->check(CLI::Range(0.0, 100.0))
      ->capture_default_str();
  verb->add_option("--set", a.settings, "Further settings NAME=VALUE, as XGBoost names them");
}

void add_feature_options(CLI::App* verb, GbdtArguments& a) {
  verb->add_flag_callback(
      "--no-counters", [&a] { a.feature_options.counters = false; },
      "Without popularity and recency");
  verb->add_flag_callback(
      "--no-history", [&a] { a.feature_options.history = false; },
      "Without the history's length and ages");
  verb->add_flag_callback(
      "--no-items", [&a] { a.feature_options.items = false; }, "Without item features");
  verb->add_flag_callback(
      "--no-users", [&a] { a.feature_options.users = false; }, "Without user features");
  verb->add_option("--newest", a.feature_options.newest,
                   "Overlap is also taken with so many of the newest events")
      ->check(CLI::Range(1u, 100000u))
      ->capture_default_str();
}

CLI::App* add_kind(CLI::App* verb, GbdtArguments& a) {
  CLI::App* gbdt = verb->add_subcommand("gbdt", "Gradient-boosted trees (XGBoost)");
  gbdt->footer(
      "Examples:\n"
      "  kaskad train-ranker gbdt ml1m lists -o runs/gbdt\n"
      "  kaskad train-ranker gbdt ml1m lists --no-counters -o runs/gbdt-plain\n"
      "  kaskad train-ranker gbdt ml1m lists --model mine.json -o runs/mine\n"
      "  kaskad train-ranker gbdt ml1m lists --score-of runs/amortized -o runs/both");
  gbdt->add_option("dataset", a.dataset, "Dataset of the lists")->required();
  gbdt->add_option("lists", a.lists, "Directory that `kaskad make-impressions` wrote")->required();
  gbdt->add_option("--head-weight", a.heads,
                   "NAME=WEIGHT in the final score (default 1); may be repeated");
  add_tree_options(gbdt, a);
  add_feature_options(gbdt, a);
  gbdt->add_option("--model", a.model,
                   "Take this model of XGBoost (.json, .ubj) instead of training one");
  gbdt->add_option("--model-features", a.features,
                   "Names of its features in its order (default: as the file has them, or all)")
      ->delimiter(',');
  gbdt->add_option("--score-of", a.score_of,
                   "Ranker whose score is a feature, copied into this one; NAME=DIRECTORY names "
                   "it. May be repeated");
  gbdt->add_option("--learn-from", a.learn_from,
                   "train; or validation: one half of its users, the other stops the trees "
                   "(default: train, with --score-of validation)")
      ->check(CLI::IsMember({"train", "validation"}));
  gbdt->add_option("--export-features", a.export_to,
                   "Also write the features of all lists here (.npy), to train elsewhere");
  gbdt->add_option("--threads", a.gbdt.threads, "0: all")->check(CLI::Range(0, 1024));
  gbdt->add_option("--seed", a.gbdt.seed)->capture_default_str();
  gbdt->add_flag("--json", a.json, "One JSON object on standard output");
  gbdt->add_option("-o,--output", a.output, "Directory for the ranker")->required();
  return gbdt;
}

}  // namespace

void add_train_ranker(CLI::App& app) {
  const auto arguments = std::make_shared<GbdtArguments>();
  CLI::App* verb =
      app.add_subcommand("train-ranker", "Train a ranker on stored lists, or take one of your own");
  verb->footer("Example:\n  kaskad train-ranker gbdt ml1m lists -o runs/gbdt");
  verb->require_subcommand(1);
  add_kind(verb, *arguments)->callback([arguments] { train_gbdt_ranker(*arguments); });
  add_onnx_ranker(*verb);
  add_search_rankers(*verb);
  CLI::App* neural = verb->add_subcommand(
      "neural", "Amortized attention, BST, InteractRank, ..., as ONNX (--help for options)");
  neural->set_help_flag();  // all options, --help among them, are those of kaskad-train
  neural->prefix_command();
  neural->callback([neural] {
    std::vector<std::string> given = {kTrainRankerWord};
    for (const std::string& argument : neural->remaining()) given.push_back(argument);
    start_training_program("kaskad train-ranker neural", std::move(given));
  });
}

}  // namespace kaskad::cli
