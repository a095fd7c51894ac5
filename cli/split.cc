// kaskad split: the rows of a split as files, so that another tool learns from the same and is
// asked the same.
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/console.h"
#include "cli/event_file.h"
#include "cli/output_directory.h"
#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "kaskad/dataset/split_roles.h"

namespace kaskad::cli {
namespace {

struct SplitArguments {
  std::string dataset, output, split = "leave-one-out", format = "csv";
  bool json = false;
};

// Rows by role; the validation windows together.
using Counts = std::map<std::string, uint64_t>;

Counts write_rows(const Dataset& dataset, const Split& split, EventFile& file) {
  const SplitRoles roles(dataset, split);
  Counts counts = {{"train", 0}, {"validation", 0}, {"test", 0}};
  for (size_t user = 0; user < dataset.num_users(); ++user) {
    const History history = dataset.history(UserId{static_cast<uint32_t>(user)});
    for (size_t p = 0; p < history.size(); ++p) {
      const std::string_view role = roles.role(user, p);
      ++counts[role.starts_with("validation") ? "validation" : std::string(role)];
      file.add({dataset.users().name(user), dataset.items().name(index(history.items[p])),
                history.times[p], role});
    }
  }
  file.finish();
  return counts;
}

void run_split(const SplitArguments& arguments) {
  const Dataset dataset = Dataset::open(arguments.dataset);
  const Split split = make_split(dataset, SplitOptions::parse(arguments.split));
  for (const std::string& warning : split.warnings) say("warning: " + warning);
  check_replaceable(arguments.output, "split.json", "an earlier split");
  StagedDirectory staged(arguments.output);
  const std::string rows = "events." + arguments.format;
  const auto file = create_event_file(staged.file(rows));
  const Counts counts = write_rows(dataset, split, *file);
  const nlohmann::json result = {{"dataset", arguments.dataset},
                                 {"dataset_hash", dataset.hash()},
                                 {"split", split.options.to_string()},
                                 {"split_hash", split.hash},
                                 {"phases", phases_json(split)},
                                 {"rows", rows},
                                 {"counts", counts},
                                 {"warnings", split.warnings}};
  write_file(staged.file("split.json"), result.dump(1) + "\n");
  staged.commit();
  if (arguments.json) return print_json(result);
  std::cout << split.options.to_string() << ", split hash " << split.hash << "\n";
  if (const std::string cuts = describe_cuts(split); !cuts.empty()) std::cout << cuts << "\n";
  std::string text;
  for (const auto& [role, rows_of_role] : counts) {
    text += (text.empty() ? "" : ", ") + std::to_string(rows_of_role) + " " + role;
  }
  std::cout << text << " rows in " << arguments.output << "/" << rows << std::endl;
}

}  // namespace

void add_split(CLI::App& app) {
  const auto arguments = std::make_shared<SplitArguments>();
  SplitArguments& a = *arguments;
  CLI::App* verb = app.add_subcommand(
      "split", "Write the rows of a split, for a tool that is to learn and be asked the same");
  verb->footer(
      "Writes DIR/events.csv (or .parquet) with the columns user_id, item_id, timestamp\n"
      "(milliseconds, or the order) and phase, and DIR/split.json with the split hash and the\n"
      "times of the cuts. Phases: train; validation, validation-2, ...: asked by that window,\n"
      "and learned from for the test; test: asked; shown: the history of a held-out user, given\n"
      "with the question but not learned from; unused: behind the cut, of users without a\n"
      "history. For figures on test learn from train and validation, then measure the lists:\n"
      "  kaskad split data --split global-time:0.1 -o split\n"
      "  kaskad eval data --split global-time:0.1 --recommendations lists.csv");
  verb->add_option("dataset", a.dataset, "Directory that `kaskad ingest` wrote")->required();
  verb->add_option("-o,--output", a.output, "Directory for the files")->required();
  verb->add_option("--split", a.split,
                   "leave-one-out, leave-last-n:3, global-time:0.1, global-time:2000-12-01, "
                   "global-time:last-7d, user-holdout:0.1")
      ->capture_default_str();
  verb->add_option("--format", a.format, "Of the rows")
      ->check(CLI::IsMember({"csv", "parquet"}))
      ->capture_default_str();
  verb->add_flag("--json", a.json, "One JSON object on standard output");
  verb->callback([arguments] { run_split(*arguments); });
}

}  // namespace kaskad::cli
