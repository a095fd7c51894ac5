// Generates impressions, counts them, times lookups, and writes what was counted for comparison.
// Called by bench/counters/run.py, one step a call.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "bench/counters/search_world.h"
#include "bench/protocol/run_report.h"
#include "kaskad/core/npy.h"
#include "kaskad/counters/list_order.h"
#include "kaskad/counters/live_counters.h"
#include "kaskad/counters/point_in_time.h"
#include "kaskad/counters/store_writer.h"
#include "kaskad/dataset/dataset_writer.h"

namespace kaskad::bench {
namespace {

struct Options {
  std::string step, work = ".", segments = "query:item,country:item";
  World world;
  size_t impressions = 1'000'000;
  int threads = 2;
  size_t requests = 2'000, live_pages = 100'000;
  std::vector<size_t> candidates = {3'000, 10'000};
};

CounterSpec spec_of(const Options& options) {
  CounterSpec spec;
  spec.segments = parse_segments(options.segments);
  spec.windows_days = {7, 30, 0};
  return spec;
}

std::vector<std::string> numbered(const char* prefix, size_t count) {
  std::vector<std::string> names(count);
  for (size_t i = 0; i < count; ++i) names[i] = prefix + std::to_string(i);
  return names;
}

std::string write_dataset(const Options& options, const std::string& directory) {
  const World& world = options.world;
  const auto users = numbered("u", world.users), items = numbered("i", world.items);
  std::filesystem::create_directories(directory);
  DatasetWriter writer(directory, false);
  for (uint32_t user = 0; user < world.users; ++user) {
    const uint32_t length = 1;
    const ItemId item{user % world.items};
    const int64_t time = world.first_time;
    const float weight = 1;
    writer.append({&length, 1}, {{&item, 1}, {&time, 1}, {&weight, 1}, {}});
  }
  CategoricalColumn country{"country", numbered("c", world.countries), {0}, {}};
  Random random(world.seed + 5);
  for (uint32_t user = 0; user < world.users; ++user) {
    country.codes.push_back(random.zipf(world.countries));
    country.offsets.push_back(country.codes.size());
  }
  DatasetContents contents{.time_kind = TimeKind::kClock};
  contents.users.assign(users.begin(), users.end());
  contents.items.assign(items.begin(), items.end());
  contents.user_features.categorical = {country};
  return writer.finish(contents);
}

// The impressions, and beside them the flat columns that rivals read.
void write_impressions(const Options& options, const std::string& dataset_hash) {
  const World& world = options.world;
  const size_t lists = options.impressions / world.list;
  const Dataset dataset = Dataset::open(options.work + "/dataset");
  const CategoricalFeature& country = dataset.user_features().categorical.front();
  ImpressionWriter writer(1, 0);
  Random random(world.seed);
  std::vector<uint32_t> flat_query, flat_item, ranks(world.list);
  std::vector<uint8_t> flat_country, flat_click;
  std::vector<int64_t> flat_time;
  std::vector<ItemId> items(world.list);
  std::vector<float> scores(world.list, 0), labels(world.list);
  const std::vector<uint32_t> missed = {0};
  const double span = double(world.days) * kMillisecondsADay;
  for (size_t l = 0; l < lists; ++l) {
    ImpressionList list;
    const uint32_t query = random.zipf(world.queries);
    list.query = QueryId{query};
    list.user = UserId{random.below(world.users)};
    list.time = world.first_time + static_cast<int64_t>(span * double(l) / double(lists));
    for (uint32_t c = 0; c < world.list; ++c) {
      items[c] = world.item_of(query, random.zipf(world.pool));
      labels[c] = random.uniform() < 0.05 ? 1.0F : 0.0F;
      ranks[c] = c + 1;
      flat_query.push_back(query);
      flat_item.push_back(static_cast<uint32_t>(items[c]));
      flat_country.push_back(static_cast<uint8_t>(country.codes[index(list.user)]));
      flat_click.push_back(labels[c] > 0);
      flat_time.push_back(list.time);
    }
    list.items = items;
    list.scores = scores;
    list.ranks = ranks;
    list.labels = labels;
    list.missed = missed;
    writer.append(list);
  }
  write_npy(options.work + "/query.npy", flat_query);
  write_npy(options.work + "/item.npy", flat_item);
  write_npy(options.work + "/country.npy", flat_country);
  write_npy(options.work + "/click.npy", flat_click);
  write_npy(options.work + "/time.npy", flat_time);
  ImpressionFacts facts;
  facts.part = "all";
  facts.heads = {"click"};
  facts.dataset_hash = dataset_hash;
  const auto queries = numbered("q", world.queries);
  const std::vector<std::string_view> texts(queries.begin(), queries.end());
  std::filesystem::create_directories(options.work + "/lists");
  writer.finish(options.work + "/lists", std::vector<uint32_t>(world.users, 0), facts, texts);
}

int generate(const Options& options) {
  const Stopwatch watch;
  write_impressions(options, write_dataset(options, options.work + "/dataset"));
  print_run(watch.seconds());
  return 0;
}

int count(const Options& options) {
  const Dataset dataset = Dataset::open(options.work + "/dataset");
  const Impressions lists = Impressions::open(options.work + "/lists");
  const Stopwatch watch;
  const ListOrder order({&lists});
  CountOptions count_options;
  count_options.threads = options.threads;
  const StoreFigures figures =
      write_counter_store(options.work + "/store", order, dataset, spec_of(options), count_options);
  std::string more = ", \"rows\": " + std::to_string(figures.candidates) + ", \"pairs\": [";
  for (size_t s = 0; s < figures.segments.size(); ++s) {
    more += (s > 0 ? ", " : "") + std::to_string(figures.segments[s].cells);
  }
  print_run(watch.seconds(), more + "], \"as_of\": " + std::to_string(figures.as_of));
  return 0;
}

int replay(const Options& options) {
  const Dataset dataset = Dataset::open(options.work + "/dataset");
  const Impressions lists = Impressions::open(options.work + "/lists");
  const Stopwatch watch;
  double sum = 0;
  replay_counters(ListOrder({&lists}), dataset, spec_of(options), options.threads,
                  [&](const ListFeatures& one) { sum += static_cast<double>(one.values[0]); });
  print_run(watch.seconds(), ", \"sum\": " + std::to_string(sum));
  return 0;
}

// Pages of ten items since the store was counted, each with a click on its first.
void show_pages(const World& world, size_t pages, LiveCounters& live) {
  Random random(world.seed + 78);
  std::vector<std::string> names(10);
  for (size_t page = 0; page < pages; ++page) {
    const uint32_t query = random.zipf(world.queries);
    std::vector<std::string_view> items;
    for (std::string& name : names) {
      name = "i" + std::to_string(index(world.item_of(query, random.below(world.pool))));
      items.push_back(name);
    }
    const std::string text = "q" + std::to_string(query), request = std::to_string(page);
    const std::string user = "u" + std::to_string(random.below(world.users));
    LivePage shown{user, request, text, items, live.counted_until()};
    live.shown(shown);
    shown.items = shown.items.first(1);
    live.acted(shown, live.store().heads().front());
  }
}

// Requests of frequent and rare queries alike: as they were asked. Half of the candidates are of
// the query's pool, half of all items.
void look_up(const Options& options, const LiveCounters& counters, size_t count, size_t pages) {
  const World& world = options.world;
  const CounterStore& store = counters.store();
  Random random(world.seed + 77);
  std::vector<ItemId> items(count);
  std::vector<float> out(count * store.num_features());
  std::vector<double> micros;
  for (size_t r = 0; r < options.requests; ++r) {
    const uint32_t query = random.zipf(world.queries);
    for (size_t c = 0; c < count; ++c) {
      items[c] = c % 2 == 0 ? world.item_of(query, random.below(world.pool))
                            : ItemId{random.below(world.items)};
    }
    const std::string text = "q" + std::to_string(query);
    const UserId user{random.below(world.users)};
    if (r == 0) counters.answer({text, user, items}, out);  // builds the index of queries
    const Stopwatch watch;
    counters.answer({text, user, items}, out);
    micros.push_back(watch.seconds() * 1e6);
  }
  std::sort(micros.begin(), micros.end());
  const double p50 = micros[micros.size() / 2], p99 = micros[micros.size() * 99 / 100];
  std::printf(
      "{\"live_pages\": %zu, \"live_pairs\": %zu, \"candidates\": %zu, \"features\": %zu, "
      "\"segments\": %zu, \"min_us\": %.1f, \"p50_us\": %.1f, \"p99_us\": %.1f, \"ns\": %.2f}\n",
      pages, counters.pairs(), count, store.num_features(), store.num_segments(), micros.front(),
      p50, p99, p50 * 1e3 / static_cast<double>(count * store.num_segments()));
}

int look_up(const Options& options) {
  LiveCounters counters(
      std::make_shared<const CounterStore>(CounterStore::open(options.work + "/store")));
  for (const size_t count : options.candidates) look_up(options, counters, count, 0);
  show_pages(options.world, options.live_pages, counters);
  for (const size_t count : options.candidates) {
    look_up(options, counters, count, options.live_pages);
  }
  return 0;
}

// Every pair as columns left, right, and its counts: for comparison with a rival's.
int dump(const Options& options) {
  const CounterStore store = CounterStore::open(options.work + "/store");
  for (size_t s = 0; s < store.num_segments(); ++s) {
    std::vector<uint32_t> left, right;
    std::vector<float> values;
    const SegmentTable& table = store.table(s);
    for (size_t row = 0; row < table.num_rows(); ++row) {
      const auto keys = table.keys_of(row);
      for (size_t k = 0; k < keys.size(); ++k) {
        left.push_back(table.left_of(row)[0]);
        right.push_back(SegmentTable::code_of(keys[k]));
        const float* cell = table.cell(table.first_cell(row) + k);
        values.insert(values.end(), cell, cell + store.layout().num_values());
      }
    }
    const std::string prefix = options.work + "/counted_" + std::to_string(s);
    write_npy(prefix + "_left.npy", left);
    write_npy(prefix + "_right.npy", right);
    write_npy(prefix + "_values.npy", values, {left.size(), store.layout().num_values()});
  }
  return 0;
}

int run(const Options& options) {
  if (options.step == "generate") return generate(options);
  if (options.step == "count") return count(options);
  if (options.step == "replay") return replay(options);
  if (options.step == "lookup") return look_up(options);
  return dump(options);
}

}  // namespace
}  // namespace kaskad::bench

int main(int argc, char** argv) {
  kaskad::bench::Options options;
  CLI::App app{"Counters of impressions: one step of bench/counters/run.py"};
  app.add_option("step", options.step, "generate, count, replay, lookup, dump")
      ->required()
      ->check(CLI::IsMember({"generate", "count", "replay", "lookup", "dump"}));
  app.add_option("--work", options.work, "Directory of everything");
  app.add_option("--impressions", options.impressions);
  app.add_option("--segments", options.segments);
  app.add_option("--threads", options.threads);
  app.add_option("--requests", options.requests);
  app.add_option("--live-pages", options.live_pages, "since the store was counted");
  app.add_option("--candidates", options.candidates)->delimiter(',');
  app.add_option("--seed", options.world.seed);
  CLI11_PARSE(app, argc, argv);
  return kaskad::bench::guarded_main("kaskad_counters_bench",
                                     [&] { return kaskad::bench::run(options); });
}
