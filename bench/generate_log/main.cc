// kaskad_generate_log -o log.csv: a log of any size with known structure, the same for a seed.
// Rows come in the order of time (every batch touches users all over the log, the hard case for
// grouping) or user by user. Prints rows, seconds and rows/s.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <numeric>

#include "bench/generate_log/row_writer.h"
#include "bench/generate_log/taste_model.h"
#include "kaskad/core/error.h"

namespace kaskad::bench {
namespace {

constexpr int64_t kStart = 1'700'000'000;  // 2023-11-14
constexpr int64_t kSpan = 180 * 86'400;    // seconds

// (interactions): whose event each row is; every user as often as the model says.
std::vector<uint32_t> owners(const TasteModel& model, bool shuffled, uint64_t seed) {
  std::vector<uint32_t> owner;
  const auto& events = model.events();
  owner.reserve(std::accumulate(events.begin(), events.end(), size_t{0}));
  for (uint32_t user = 0; user < events.size(); ++user)
    owner.insert(owner.end(), events[user], user);
  if (!shuffled) return owner;
  for (size_t i = owner.size(); i > 1; --i) {  // Fisher-Yates
    std::swap(owner[i - 1], owner[mix(seed, i) % i]);
  }
  return owner;
}

int64_t time_at(size_t row, size_t rows) {
  return kStart + static_cast<int64_t>(static_cast<double>(kSpan) * static_cast<double>(row) /
                                       static_cast<double>(rows));
}

void write_by_time(TasteModel& model, uint64_t seed, RowWriter& writer) {
  const std::vector<uint32_t> owner = owners(model, true, seed);
  for (size_t row = 0; row < owner.size(); ++row) {
    writer.write({owner[row], model.next_item(owner[row]), time_at(row, owner.size())});
  }
}

void write_by_user(TasteModel& model, uint64_t seed, RowWriter& writer) {
  std::vector<int64_t> times;
  for (uint32_t user = 0; user < model.events().size(); ++user) {
    times.resize(model.events()[user]);
    for (size_t k = 0; k < times.size(); ++k) {
      times[k] = kStart + static_cast<int64_t>(mix(~seed, user, k) % kSpan);
    }
    std::sort(times.begin(), times.end());
    for (const int64_t time : times) writer.write({user, model.next_item(user), time});
  }
}

int run(int argc, char** argv) {
  TasteOptions options;
  std::string path, order = "time";
  CLI::App app("Writes a generated interaction log.");
  app.add_option("-o,--output", path, "log.csv, log.csv.gz or log.parquet")->required();
  app.add_option("--interactions", options.interactions, "rows")->capture_default_str();
  app.add_option("--users", options.users)->capture_default_str();
  app.add_option("--items", options.items)->capture_default_str();
  app.add_option("--zipf", options.zipf, "exponent of item popularity")->capture_default_str();
  app.add_option("--activity", options.activity, "spread of events a user")->capture_default_str();
  app.add_option("--genres", options.genres)->capture_default_str();
  app.add_option("--taste", options.taste, "share inside a user's genres")->capture_default_str();
  app.add_option("--continuation", options.continuation, "share of neighbours of the last item")
      ->capture_default_str();
  app.add_option("--seed", options.seed)->capture_default_str();
  app.add_option("--order", order, "of the rows")->check(CLI::IsMember({"time", "user"}));
  CLI11_PARSE(app, argc, argv);

  const auto start = std::chrono::steady_clock::now();
  const auto writer = open_row_writer(path);
  TasteModel model(options);
  (order == "time" ? write_by_time : write_by_user)(model, options.seed, *writer);
  writer->close();
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  std::fprintf(stderr, "%s: %llu rows, %.1f s, %.2f million rows/s\n", path.c_str(),
               static_cast<unsigned long long>(options.interactions), seconds.count(),
               static_cast<double>(options.interactions) / seconds.count() / 1e6);
  return 0;
}

}  // namespace
}  // namespace kaskad::bench

int main(int argc, char** argv) {
  try {
    return kaskad::bench::run(argc, argv);
  } catch (const kaskad::Error& error) {
    std::fprintf(stderr, "kaskad_generate_log: %s\n", error.what());
    return 1;
  }
}
