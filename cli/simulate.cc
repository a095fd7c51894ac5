// kaskad simulate: a search marketplace with known truth, as a log or played against rankers.
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/console.h"
#include "cli/eval_table.h"
#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "kaskad/core/memory.h"
#include "kaskad/sim/experiment.h"
#include "kaskad/sim/log_files.h"
#include "kaskad/sim/remote_policy.h"
#include "kaskad/sim/search_policy.h"

namespace kaskad::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct SimulateArguments {
  sim::WorldOptions world;
  std::string output, world_of, shown_by = "engine", target = "save";
  std::vector<std::string> settings, policies, servers, searched;
  sim::RemoteOptions remote;
  sim::ExperimentOptions experiment;
  int threads = 0;
  bool gzip = false, no_shown_truth = false, json = false;
};

// The output is replaced as a whole, so it must not be somebody's directory of other things.
void check_output(const std::string& output) {
  if (!fs::exists(output) || fs::exists(output + "/simulation.json")) return;
  if (!fs::is_directory(output) || !fs::is_empty(output)) {
    throw Error("'" + output + "' exists and is no earlier simulation; choose another directory");
  }
}

sim::WorldOptions world_of(const SimulateArguments& arguments) {
  sim::WorldOptions world = arguments.world;
  if (!arguments.world_of.empty()) {
    const std::string path = arguments.world_of + "/truth/config.json";
    world = sim::world_options_from_json(read_file(path), path);
  }
  for (const std::string& setting : arguments.settings) sim::set_option(world, setting);
  return world;
}

json counts_json(const sim::RunCounts& counts) {
  json out = {{"visits", counts.visits},
              {"pages", counts.pages},
              {"empty_pages", counts.empty_pages},
              {"shown", counts.shown}};
  for (size_t a = 0; a < sim::kActions; ++a) out[sim::kActionNames[a]] = counts.actions[a];
  return out;
}

void print_log(const json& result, const std::string& output) {
  const json& counts = result["counts"];
  std::printf("%s: %s items shown on %s pages of %s visits\n", output.c_str(),
              counts["shown"].dump().c_str(), counts["pages"].dump().c_str(),
              counts["visits"].dump().c_str());
  std::printf("  world     seed %s: %s users, %s items, %s queries, %s days\n",
              result["seed"].dump().c_str(), result["users"].dump().c_str(),
              result["items"].dump().c_str(), result["queries"].dump().c_str(),
              result["days"].dump().c_str());
  std::printf("  actions   %s clicks, %s saves, %s contacts, %s purchases\n",
              counts["click"].dump().c_str(), counts["save"].dump().c_str(),
              counts["contact"].dump().c_str(), counts["purchase"].dump().c_str());
  std::printf("  took      %.1f s, %.2f million shown/s, peak memory %.1f MiB\n",
              result["seconds"].get<double>(),
              counts["shown"].get<double>() / result["seconds"].get<double>() / 1e6,
              static_cast<double>(peak_memory()) / (1 << 20));
  std::cout << std::flush;
}

void write_log(const SimulateArguments& arguments) {
  check_output(arguments.output);
  const auto start = std::chrono::steady_clock::now();
  const sim::Marketplace market(world_of(arguments));
  const sim::TokenMatch match(market);
  const auto policy = sim::make_policy(arguments.shown_by, market);
  StagedDirectory staged(arguments.output);
  const sim::LogFileOptions options{staged.path(), arguments.gzip ? ".csv.gz" : ".csv",
                                    !arguments.no_shown_truth};
  sim::write_tables(market, options);
  sim::LogFiles files(market, options);
  sim::VisitPlanner planner(market, match);
  sim::RunOptions run;
  run.threads = arguments.threads;
  run.until = market.log_end();
  const sim::RunCounts counts =
      sim::run(market, match, planner, *policy, run, files, console_progress(arguments.json));
  files.close();
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  json result = {{"command", "simulate"},
                 {"seed", market.options().seed},
                 {"users", market.options().users},
                 {"items", market.options().items},
                 {"queries", market.book().queries().size()},
                 {"days", market.options().days},
                 {"shown_by", arguments.shown_by},
                 {"counts", counts_json(counts)}};
  write_file(staged.file("simulation.json"), result.dump(1) + "\n");
  staged.commit();
  end_progress();
  result["seconds"] = seconds.count();
  if (arguments.json) return print_json(result);
  print_log(result, arguments.output);
}

json figure_json(const sim::Figure& figure) {
  return {{"value", figure.value}, {"low", figure.low}, {"high", figure.high}};
}

json figures_json(const sim::PageFigures& figures) {
  return {{"sifr", figure_json(figures.sifr)},
          {"ctr", figure_json(figures.ctr)},
          {"actions_per_page", figure_json(figures.actions)}};
}

std::string figure_text(const json& figure, bool sign) {
  char text[64];
  std::snprintf(text, sizeof(text), sign ? "%+.4f [%+.4f, %+.4f]" : "%.4f [%.4f, %.4f]",
                figure["value"].get<double>(), figure["low"].get<double>(),
                figure["high"].get<double>());
  return text;
}

void print_arms(const json& result) {
  std::vector<std::vector<std::string>> rows = {
      {"", "users", "pages", "SIFR", "CTR", "actions a page"}};
  std::vector<std::vector<std::string>> differences = {
      {result["arms"][0]["name"].get<std::string>() + " minus", "SIFR", "CTR", "actions a page"}};
  for (const json& arm : result["arms"]) {
    const json& figures = arm["figures"];
    rows.push_back({arm["name"], arm["users"].dump(), arm["counts"]["pages"].dump(),
                    figure_text(figures["sifr"], false), figure_text(figures["ctr"], false),
                    figure_text(figures["actions_per_page"], false)});
    if (!arm.contains("first_minus_this")) continue;
    const json& minus = arm["first_minus_this"];
    differences.push_back({arm["name"], figure_text(minus["sifr"], true),
                           figure_text(minus["ctr"], true),
                           figure_text(minus["actions_per_page"], true)});
  }
  std::cout << aligned(rows);
  if (differences.size() > 1) std::cout << "\n" << aligned(differences);
  std::cout << "\nSIFR: pages with at least one " << result["target"].get<std::string>()
            << " or stronger action / all pages. CTR: clicked / shown items. 95% intervals over "
               "users"
            << (result["split_users"].get<bool>() ? ", who see one arm each."
                                                  : "; the same visits were played by each arm.")
            << std::endl;
}

void play(const SimulateArguments& arguments) {
  const sim::Marketplace market(world_of(arguments));
  const sim::TokenMatch match(market);
  std::vector<std::unique_ptr<sim::RankingPolicy>> policies;
  std::vector<sim::Arm> arms;
  for (const std::string& name : arguments.policies) {
    policies.push_back(sim::make_policy(name, market));
    arms.push_back({name, policies.back().get()});
  }
  for (const std::string& url : arguments.servers) {
    policies.push_back(sim::make_remote_policy(url, market, arguments.remote));
    arms.push_back({url, policies.back().get()});
  }
  for (const std::string& url : arguments.searched) {
    policies.push_back(sim::make_search_policy(url, market, arguments.remote));
    arms.push_back({url, policies.back().get()});
  }
  sim::ExperimentOptions options = arguments.experiment;
  options.threads = arguments.threads;
  options.target = sim::parse_target(arguments.target);
  options.split_users =
      arguments.servers.size() > 1 || arguments.searched.size() > 1 || options.split_users;
  const auto results =
      sim::run_experiment(market, match, arms, options, console_progress(arguments.json));
  end_progress();
  json result = {{"command", "simulate"},
                 {"seed", market.options().seed},
                 {"target", arguments.target},
                 {"split_users", options.split_users},
                 {"arms", json::array()}};
  for (const sim::ArmResult& arm : results) {
    json one = {{"name", arm.name},
                {"users", arm.users},
                {"counts", counts_json(arm.counts)},
                {"figures", figures_json(arm.figures)}};
    if (!result["arms"].empty()) one["first_minus_this"] = figures_json(arm.first_minus_this);
    result["arms"].push_back(std::move(one));
  }
  if (results.front().counts.visits < options.visits / (options.split_users ? arms.size() : 1)) {
    say("warning: the days after the log ended before so many visits; --set days_after=" +
        std::to_string(2 * market.options().days_after) + " makes more of them");
  }
  if (arguments.json) return print_json(result);
  print_arms(result);
}

void run_simulate(const SimulateArguments& arguments) {
  const bool plays =
      !arguments.policies.empty() || !arguments.servers.empty() || !arguments.searched.empty();
  if (plays == !arguments.output.empty()) {
    throw Error(plays ? "found --output beside --policy, --against or --search, expected one of "
                        "them"
                      : "expected --output DIR for a log, or --policy, --against or "
                        "--search for an experiment");
  }
  return plays ? play(arguments) : write_log(arguments);
}

void add_world_options(CLI::App* verb, SimulateArguments& a) {
  sim::WorldOptions& w = a.world;
  CLI::Option* world =
      verb->add_option("--world", a.world_of,
                       "That of an earlier simulation, its directory, instead of --events, "
                       "--users and so on up to --seed");
  verb->add_option("--events", w.events, "Items shown in the log, within some percent")
      ->excludes(world)
      ->capture_default_str();
  verb->add_option("--users", w.users, "0: events / 400")->excludes(world)->capture_default_str();
  verb->add_option("--items", w.items, "That ever live; 0: events / 50")
      ->excludes(world)
      ->capture_default_str();
  verb->add_option("--queries", w.queries, "Different strings, about; 0: items / 5")
      ->excludes(world)
      ->capture_default_str();
  verb->add_option("--days", w.days, "Of the log")->excludes(world)->capture_default_str();
  verb->add_option("--page", w.page, "Items on a page")->excludes(world)->capture_default_str();
  verb->add_option("--seed", w.seed, "Of everything")->excludes(world)->capture_default_str();
  verb->add_option("--set", a.settings,
                   "name=number of any option of truth/config.json, over the rest; repeat")
      ->allow_extra_args(false);
}

void add_play_options(CLI::App* verb, SimulateArguments& a) {
  verb->add_option("--policy", a.policies,
                   "Play users after the log against policies, the first compared with the others: "
                   "truth, engine, popularity, tokens, random")
      ->delimiter(',');
  verb->add_option("--against", a.servers,
                   "The same against a running `kaskad serve --ranker`: http://127.0.0.1:8080; two "
                   "for an A/B test, in which users are split")
      ->delimiter(',');
  verb->add_option(
          "--search", a.searched,
          "The same against a running `kaskad serve cascade.toml --events`: its own pages, "
          "and what users do goes to it as events")
      ->delimiter(',');
  verb->add_option("--visits", a.experiment.visits, "Of the experiment")
      ->check(CLI::Range(1u, 100'000'000u))
      ->capture_default_str();
  verb->add_option("--target", a.target,
                   "A page is useful with this action or a stronger one: click, save, contact, "
                   "purchase")
      ->capture_default_str();
  verb->add_flag("--split-users", a.experiment.split_users,
                 "Split users among policies, too, instead of playing each visit with all");
  verb->add_flag("--allow-remote", a.remote.allow_remote, "Servers may be other machines");
  verb->add_flag_callback(
      "--no-query", [&a] { a.remote.send_query = false; },
      "Do not tell servers the string that was typed");
}

}  // namespace

void add_simulate(CLI::App& app) {
  const auto arguments = std::make_shared<SimulateArguments>();
  SimulateArguments& a = *arguments;
  CLI::App* verb = app.add_subcommand("simulate",
                                      "Make the log of a search marketplace whose truth is known, "
                                      "or play its users against rankers");
  verb->footer(
      "Writes DIR/interactions, impressions, items, users, queries (.csv) and DIR/truth apart:\n"
      "  kaskad simulate -o market --events 1000000\n"
      "  kaskad ingest market/interactions.csv --item-features market/items.csv \\\n"
      "      --user-features market/users.csv -o data\n"
      "  kaskad make-impressions data --split global-time:0.2 \\\n"
      "      --impressions market/impressions.csv --heads click,save -o lists\n"
      "Plays the two weeks after the log, with figures and intervals:\n"
      "  kaskad simulate --world market --policy truth,popularity,tokens\n"
      "  kaskad simulate --world market --against http://127.0.0.1:8080,http://127.0.0.1:8081\n"
      "  kaskad simulate --world market --search http://127.0.0.1:8080");
  verb->add_option("-o,--output", a.output, "Directory for a log");
  add_world_options(verb, a);
  verb->add_option(
          "--shown-by", a.shown_by,
          "Whose pages the log has: engine (token match, clicks so far and noise), tokens, "
          "popularity, random, truth")
      ->capture_default_str();
  verb->add_flag("--gzip", a.gzip, "Files are .csv.gz");
  verb->add_flag("--no-shown-truth", a.no_shown_truth,
                 "Leave out truth/shown, a row for every item of every page");
  add_play_options(verb, a);
  verb->add_option("--threads", a.threads, "0: all; the outcome does not depend on it")
      ->check(CLI::Range(0, 1024));
  verb->add_flag("--json", a.json, "One JSON object on standard output");
  verb->callback([arguments] { run_simulate(*arguments); });
}

}  // namespace kaskad::cli
