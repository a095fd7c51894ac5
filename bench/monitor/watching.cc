// What watching costs an answer: the time of each part by itself, on one thread and on several at
// once. An answer has 10 or 50 items and goes through 5 stages.
#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <functional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "kaskad/core/memory.h"
#include "kaskad/monitor/page_quality.h"
#include "kaskad/monitor/score_drift.h"
#include "kaskad/monitor/shown_items.h"

namespace {

using namespace kaskad;
using Clock = std::chrono::steady_clock;

constexpr size_t kItems = 200'000, kStages = 5, kSampled = 32;

// Microseconds an answer, as an answer of one thread sees it.
double measure(int threads, size_t answers, const std::function<void(int, size_t)>& answer) {
  const auto began = Clock::now();
  std::vector<std::thread> running;
  for (int t = 0; t < threads; ++t) {
    running.emplace_back([&, t] {
      for (size_t i = 0; i < answers; ++i) answer(t, i);
    });
  }
  for (std::thread& thread : running) thread.join();
  return std::chrono::duration<double>(Clock::now() - began).count() * 1e6 /
         static_cast<double>(answers);
}

void print(const char* part, int threads, size_t items, double microseconds) {
  std::printf("| %s | %d | %zu | %.2f |\n", part, threads, items, microseconds);
}

void run(int threads, size_t answers, size_t page, const std::vector<std::string>& names) {
  PageQuality quality({});
  ShownItems shown;
  std::deque<ScoreDrift> drifts;
  for (size_t stage = 0; stage < kStages; ++stage) drifts.emplace_back(DriftOptions{});
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  std::vector<float> scores(100'000);
  for (float& score : scores) score = normal(random);
  const std::vector<double> places(page, 0.5);
  const auto items_of = [&](int thread, size_t i) {
    std::vector<std::string_view> items(page);
    for (size_t at = 0; at < page; ++at) {
      items[at] = names[(i * 7919 + at * 104'729 + static_cast<size_t>(thread)) % names.size()];
    }
    return items;
  };
  const auto id_of = [](int thread, size_t i) {
    return std::to_string(thread) + "-" + std::to_string(i);
  };
  const double alone = measure(threads, answers, [&](int t, size_t i) {
    if (items_of(t, i).empty() || id_of(t, i).empty()) std::abort();
  });
  print("remember a page", threads, page, measure(threads, answers, [&](int t, size_t i) {
                                            quality.shown({.user_id = "user",
                                                           .request_id = id_of(t, i),
                                                           .version = "0123456789ab",
                                                           .experiment = "",
                                                           .items = items_of(t, i)});
                                          }) - alone);
  print("join an action", threads, page, measure(threads, answers, [&](int t, size_t i) {
                                           quality.acted("user", id_of(t, i), items_of(t, i)[0],
                                                         "click");
                                         }) - alone);
  print("coverage", threads, page, measure(threads, answers, [&](int t, size_t i) {
                                     shown.add(items_of(t, i), places);
                                   }) - alone);
  print("drift of 5 stages", threads, page, measure(threads, answers, [&](int t, size_t i) {
          const size_t at = (i * kSampled + static_cast<size_t>(t)) % (scores.size() - kSampled);
          for (ScoreDrift& drift : drifts) drift.observe({scores.data() + at, kSampled});
        }));
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("What watching costs an answer");
  size_t answers = 200'000;
  app.add_option("--answers", answers, "On each thread")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  std::vector<std::string> names;
  for (size_t i = 0; i < kItems; ++i) names.push_back("item-" + std::to_string(i));
  std::printf("| part | threads | items | us an answer |\n|---|---|---|---|\n");
  for (const int threads : {1, 2}) {
    for (const size_t page : {size_t{10}, size_t{50}}) run(threads, answers, page, names);
  }
  std::printf("\npeak memory %s\n", format_bytes(peak_memory()).c_str());
}
