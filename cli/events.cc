// kaskad events export: the live events of a server's store as a log that `kaskad ingest` reads,
// for the next training.
#include <cstdio>
#include <filesystem>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/console.h"
#include "cli/event_store.h"
#include "cli/text_field.h"
#include "kaskad/core/day.h"
#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "kaskad/core/staged_file.h"
#include "kaskad/state/redis_store.h"

namespace kaskad::cli {
namespace {

struct LiveLogArguments {
  EventStoreFlags store;
  std::string output;
  bool json = false;
};

constexpr double kMostDays = 100'000;

// Not made where there is none: a mistyped directory is an error, not an empty log. Opened without
// an age: a store forgets for good what it is told is too old, and this only reads.
std::unique_ptr<EventStore> open_live_store(EventStoreFlags flags) {
  if (!is_redis_url(flags.events) && !std::filesystem::is_directory(rocks_directory(flags))) {
    throw Error("found no '" + rocks_directory(flags) +
                "', expected the directory of `kaskad serve --events`");
  }
  flags.events_days = kMostDays;
  return open_event_store(flags, /*sync=*/false, /*peers=*/false);
}

// Of the oldest event that is wanted.
int64_t first_moment(const EventStore& store, double days) {
  const auto newest = store.newest();
  if (!newest) return std::numeric_limits<int64_t>::min();
  return *newest - static_cast<int64_t>(days * kMillisecondsADay);
}

// Columns by the names that ingest knows.
size_t write_live_log(const EventStore& store, int64_t from, const std::string& path) {
  FileWriter file(path);
  file.write("user_id,item_id,timestamp,action,weight,query,request_id\n");
  size_t count = 0;
  std::string line;
  store.scan(from, [&](const LiveEvent& event) {
    line.clear();
    append_field(line, event.user_id, ',');
    append_field(line += ',', event.item_id, ',');
    line += ',' + std::to_string(event.time);
    append_field(line += ',', event.action, ',');
    char weight[32];
    std::snprintf(weight, sizeof(weight), ",%.9g", static_cast<double>(event.weight));
    line += weight;
    append_field(line += ',', event.query, ',');
    append_field(line += ',', event.request_id, ',');
    file.write(line += '\n');
    ++count;
  });
  file.close();
  return count;
}

void run_events_export(const LiveLogArguments& arguments) {
  const auto store = open_live_store(arguments.store);
  StagedFile staged(arguments.output);  // a log that is cut short never has the name
  const int64_t from = first_moment(*store, arguments.store.events_days);
  const size_t count = write_live_log(*store, from, staged.path());
  staged.commit();
  if (arguments.json) {
    print_json({{"log", arguments.output}, {"events", count}});
  } else {
    say(arguments.output + ": " + std::to_string(count) + " events");
  }
}

}  // namespace

void add_events(CLI::App& app) {
  auto arguments = std::make_shared<LiveLogArguments>();
  CLI::App* verb = app.add_subcommand("events", "Live events that a server has taken in");
  verb->require_subcommand(1);
  CLI::App* command =
      verb->add_subcommand("export", "Write them as a log that `kaskad ingest` reads");
  command->footer(
      "Example:\n"
      "  kaskad events export state -o live.csv\n"
      "  kaskad ingest log.csv live.csv -o data");
  command
      ->add_option("events", arguments->store.events,
                   "As of `kaskad serve --events`: a directory that no server has open, or "
                   "redis://HOST:PORT")
      ->required();
  command->add_option("-o,--output", arguments->output, "File to write, .csv")->required();
  command
      ->add_option(
          "--events-days", arguments->store.events_days,
          "Events older than this, by the newest of all, are left out; the store keeps them")
      ->check(CLI::Range(0.001, kMostDays))
      ->capture_default_str();
  command->add_flag("--json", arguments->json, "One JSON object on standard output");
  command->callback([arguments] { run_events_export(*arguments); });
}

}  // namespace kaskad::cli
