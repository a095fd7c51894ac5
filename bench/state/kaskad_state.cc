// Two embedded databases under the same events: how many a second become durable, alone, from many
// writers and in lots; what a history costs to read; what is on disk; what a kill -9 loses.
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <random>
#include <thread>

#include "bench/state/lmdb_store.h"
#include "kaskad/state/rocks_store.h"

namespace kaskad::bench {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

struct Arguments {
  std::string work = "build/bench-state";
  size_t users = 20'000, loaded = 400'000, kills = 10;
  double seconds = 3;
};

std::unique_ptr<EventStore> open_store(const std::string& name, const std::string& directory,
                                       bool sync) {
  const StoreLimits limits{.events_per_user = 1'000'000, .max_age = INT64_MAX};
  if (name == "lmdb") return open_lmdb_store(directory, limits, sync);
  return open_rocks_store(directory, {.limits = limits, .sync = sync});
}

// Users, items and times at random; ids never twice.
class Events {
 public:
  Events(size_t users, uint64_t seed) : users_(users), random_(seed), seed_(seed) {}

  LiveEvent next() {
    ++count_;
    return {.id = std::to_string(seed_) + "-" + std::to_string(count_),
            .user_id = "user" + std::to_string(random_() % users_),
            .item_id = "item" + std::to_string(random_() % 200'000),
            .action = "click",
            .query = "",
            .request_id = std::to_string(random_()),
            .time = 1'700'000'000'000 + static_cast<int64_t>(random_() % 1'000'000'000)};
  }
  std::vector<LiveEvent> lot(size_t size) {
    std::vector<LiveEvent> events;
    while (events.size() < size) events.push_back(next());
    return events;
  }

 private:
  const size_t users_;
  std::mt19937_64 random_;
  const uint64_t seed_;
  size_t count_ = 0;
};

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

double quantile(std::vector<double> values, double share) {
  const auto at =
      values.begin() + static_cast<ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

struct Written {
  double events_a_second = 0, p99_ms = 0;
};

Written write_for(EventStore& store, const Arguments& a, size_t writers, size_t lot,
                  uint64_t seed) {
  std::vector<std::vector<double>> times(writers);
  std::vector<std::thread> threads;
  const auto begin = Clock::now();
  for (size_t w = 0; w < writers; ++w) {
    threads.emplace_back([&, w] {
      Events events(a.users, seed * 100 + w);
      while (seconds_since(begin) < a.seconds) {
        const auto some = events.lot(lot);
        const auto start = Clock::now();
        store.append(some);
        times[w].push_back(seconds_since(start) * 1e3);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const double seconds = seconds_since(begin);
  std::vector<double> all;
  for (const auto& one : times) all.insert(all.end(), one.begin(), one.end());
  return {static_cast<double>(all.size() * lot) / seconds, quantile(all, 0.99)};
}

std::pair<double, double> read_histories(const EventStore& store, const Arguments& a) {
  std::mt19937_64 random(5);
  std::vector<double> times;
  for (int i = 0; i < 5000; ++i) {
    const std::string user = "user" + std::to_string(random() % a.users);
    const auto start = Clock::now();
    store.history(user, 100);
    times.push_back(seconds_since(start) * 1e6);
  }
  return {quantile(times, 0.5), quantile(times, 0.99)};
}

double megabytes(const std::string& directory) {
  double bytes = 0;
  for (const auto& file : fs::recursive_directory_iterator(directory)) {
    struct stat info = {};
    if (file.is_regular_file() && stat(file.path().c_str(), &info) == 0) {
      bytes += static_cast<double>(info.st_blocks) * 512;  // LMDB's file has holes
    }
  }
  return bytes / (1 << 20);
}

// A process that writes one by one and says so; killed at a random moment. How many acknowledged
// events are not there afterwards.
size_t lost_by_killing(const std::string& name, const std::string& directory,
                       std::mt19937& random) {
  int ends[2];
  if (pipe(ends) != 0) return SIZE_MAX;
  const pid_t writer = fork();
  if (writer == 0) {
    const auto store = open_store(name, directory, true);
    const size_t begin = store->history("u", SIZE_MAX).size();
    for (size_t i = begin;; ++i) {
      const LiveEvent event{
          .user_id = "u", .item_id = std::to_string(i), .time = static_cast<int64_t>(i)};
      store->append({&event, 1});
      if (write(ends[1], &i, sizeof(i)) != sizeof(i)) _exit(1);
    }
  }
  close(ends[1]);
  size_t last = 0, got = 0;
  bool any = read(ends[0], &last, sizeof(last)) == sizeof(last);
  std::this_thread::sleep_for(std::chrono::microseconds(random() % 50'000));
  kill(writer, SIGKILL);
  waitpid(writer, nullptr, 0);
  while (read(ends[0], &got, sizeof(got)) == sizeof(got)) last = got;
  close(ends[0]);
  const size_t there = open_store(name, directory, true)->history("u", SIZE_MAX).size();
  return any && there < last + 1 ? last + 1 - there : 0;
}

void measure(const Arguments& a, const std::string& name) {
  const std::string directory = a.work + "/" + name;
  fs::remove_all(directory);
  size_t lost = 0;
  std::mt19937 random(1);
  for (size_t i = 0; i < a.kills; ++i) lost += lost_by_killing(name, directory + "/killed", random);
  {
    const auto store = open_store(name, directory + "/store", false);
    Events events(a.users, 1);
    for (size_t i = 0; i < a.loaded; i += 1000) store->append(events.lot(1000));
  }
  const auto store = open_store(name, directory + "/store", true);
  const auto [p50, p99] = read_histories(*store, a);
  const double size = megabytes(directory + "/store");
  const Written one = write_for(*store, a, 1, 1, 2), many = write_for(*store, a, 16, 1, 3),
                lots = write_for(*store, a, 2, 100, 4);
  std::printf(
      "| %s | %.0f / %.1f | %.0f / %.1f | %.0f / %.1f | %.0f / %.0f | %.0f | %zu of %zu |\n",
      name.c_str(), one.events_a_second, one.p99_ms, many.events_a_second, many.p99_ms,
      lots.events_a_second, lots.p99_ms, p50, p99, size, lost, a.kills);
  std::fflush(stdout);
}

}  // namespace
}  // namespace kaskad::bench

int main(int argc, char** argv) {
  kaskad::bench::Arguments arguments;
  CLI::App app("Durable events a second and reads of RocksDB and LMDB under the same keys");
  app.add_option("--work", arguments.work)->capture_default_str();
  app.add_option("--users", arguments.users)->capture_default_str();
  app.add_option("--loaded", arguments.loaded, "Events before anything is timed")
      ->capture_default_str();
  app.add_option("--seconds", arguments.seconds, "Of each way of writing")->capture_default_str();
  app.add_option("--kills", arguments.kills)->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  std::printf(
      "| store | one writer: events/s / p99 ms | 16 writers | 2 writers, lots of 100 | history of "
      "100 events: p50 / p99 us | MiB | kills that lost an acknowledged event |\n"
      "|---|---|---|---|---|---|---|\n");
  std::fflush(stdout);
  for (const char* store : {"rocksdb", "lmdb"}) kaskad::bench::measure(arguments, store);
}
