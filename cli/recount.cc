// kaskad recount: a ranker with newer counters.
#include "kaskad/ranking/recount.h"

#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/console.h"
#include "kaskad/core/utc.h"

namespace kaskad::cli {
namespace {

struct RecountArguments {
  std::string ranker, store, output;
  bool json = false;
};

void run_recount(const RecountArguments& arguments) {
  const RankerBundle bundle = load_ranker_bundle(arguments.ranker);
  const Recounted moments = recount(bundle, arguments.store, arguments.output);
  const RankerBundle written = load_ranker_bundle(arguments.output);
  if (moments.now < moments.before) {
    say("warning: the counters are older than those that the ranker had");
  }
  if (arguments.json) {
    return print_json({{"command", "recount"},
                       {"bundle", arguments.output},
                       {"hash", written.hash},
                       {"counted_until_before", moments.before},
                       {"counted_until", moments.now}});
  }
  if (bundle.time_kind == TimeKind::kClock) {
    constexpr double kMilliseconds = 1000;  // of a second
    const auto text = [](int64_t time) {
      return utc_text(static_cast<double>(time) / kMilliseconds);
    };
    say("counted until " + text(moments.now) + ", before until " + text(moments.before));
  }
  say("ranker " + arguments.output);
}

}  // namespace

void add_recount(CLI::App& app) {
  const auto arguments = std::make_shared<RecountArguments>();
  RecountArguments& a = *arguments;
  CLI::App* verb =
      app.add_subcommand("recount", "Give a ranker newer counters, without training it again");
  verb->footer(
      "Example:\n"
      "  kaskad count newer-lists -o counters --update\n"
      "  kaskad recount runs/interact counters -o runs/interact-today");
  verb->add_option("ranker", a.ranker, "What `kaskad train-ranker` wrote, of a kind with counters")
      ->required();
  verb->add_option("counters", a.store, "Directory that `kaskad count` wrote")->required();
  verb->add_option("-o,--output", a.output, "Directory for the ranker with them")->required();
  verb->add_flag("--json", a.json, "One JSON object on standard output");
  verb->callback([arguments] { run_recount(*arguments); });
}

}  // namespace kaskad::cli
