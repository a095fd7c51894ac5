#include "kaskad/dataset/group_events.h"

#include <algorithm>
#include <span>
#include <utility>

#include "kaskad/core/parallel.h"

namespace kaskad {
namespace {

// Positions of a history, those of one item together and in time order.
std::vector<uint32_t> positions_by_item(std::span<const EventRow> history) {
  std::vector<uint32_t> order(history.size());
  for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    return std::pair(history[a].item, a) < std::pair(history[b].item, b);
  });
  return order;
}

// Moves the rows that stay to the front, in order; returns their number.
size_t merge_duplicates(std::span<EventRow> history, Duplicates policy) {
  const std::vector<uint32_t> order = positions_by_item(history);
  std::vector<uint8_t> stays(history.size(), 0);
  for (size_t begin = 0, end; begin < order.size(); begin = end) {
    double weight = 0;
    for (end = begin; end < order.size() && history[order[end]].item == history[order[begin]].item;
         ++end) {
      weight += history[order[end]].weight;
    }
    const uint32_t chosen = order[policy == Duplicates::kFirst ? begin : end - 1];
    stays[chosen] = 1;
    if (policy == Duplicates::kSum) history[chosen].weight = static_cast<float>(weight);
  }
  size_t kept = 0;
  for (size_t i = 0; i < history.size(); ++i) {
    if (stays[i]) history[kept++] = history[i];
  }
  return kept;
}

// Stable counting sort of a range by user; returns where each user begins, and the end.
std::vector<uint64_t> group_by_user(const std::vector<EventRow>& rows, const UserRange& users,
                                    std::vector<EventRow>& grouped) {
  std::vector<uint64_t> begins(users.last - users.first + size_t{1}, 0);
  for (const EventRow& row : rows) ++begins[row.user - users.first + 1];
  for (size_t user = 1; user < begins.size(); ++user) begins[user] += begins[user - 1];
  std::vector<uint64_t> next(begins.begin(), begins.end() - 1);
  grouped.resize(rows.size());
  for (const EventRow& row : rows) grouped[next[row.user - users.first]++] = row;
  return begins;
}

}  // namespace

std::string to_string(Duplicates policy) {
  switch (policy) {
    case Duplicates::kKeep:
      return "keep";
    case Duplicates::kFirst:
      return "first";
    case Duplicates::kLast:
      return "last";
    case Duplicates::kSum:
      return "sum";
  }
  return "";
}

void HistoryBlock::clear() {
  lengths.clear();
  items.clear();
  times.clear();
  weights.clear();
  actions.clear();
}

void HistoryBlock::add(const EventRow& row) {
  items.push_back(row.item);
  times.push_back(row.time);
  weights.push_back(row.weight);
  actions.push_back(row.action);
}

void build_histories(std::vector<EventRow>& rows, const UserRange& users, Duplicates policy,
                     std::vector<EventRow>& scratch, HistoryBlock& block) {
  const std::vector<uint64_t> begins = group_by_user(rows, users, scratch);
  const auto by_time = [](const EventRow& a, const EventRow& b) { return a.time < b.time; };
  block.clear();
  for (size_t user = 0; user + 1 < begins.size(); ++user) {
    std::span<EventRow> history(scratch.data() + begins[user], begins[user + 1] - begins[user]);
    if (!std::is_sorted(history.begin(), history.end(), by_time)) {
      std::stable_sort(history.begin(), history.end(), by_time);
    }
    if (policy != Duplicates::kKeep) history = history.first(merge_duplicates(history, policy));
    for (const EventRow& row : history) block.add(row);
    block.lengths.push_back(static_cast<uint32_t>(history.size()));
  }
}

void group_events(const EventRuns& runs, Duplicates policy, int threads, const Progress& progress,
                  const std::function<void(const HistoryBlock&)>& sink) {
  struct Worker {
    std::vector<EventRow> rows, scratch;
    HistoryBlock block;
  };
  std::vector<Worker> workers(static_cast<size_t>(std::max(threads, 1)));
  const std::vector<UserRange>& ranges = runs.ranges();
  uint64_t total = 0, done = 0;
  for (const UserRange& range : ranges) total += range.events;
  // A wave is one range a thread: bounded memory, and the sink sees the ranges in order.
  for (size_t first = 0; first < ranges.size(); first += workers.size()) {
    const size_t wave = std::min(workers.size(), ranges.size() - first);
    parallel_for(wave, threads, [&](size_t i, int) {
      Worker& worker = workers[i];
      runs.read(first + i, worker.rows);
      build_histories(worker.rows, ranges[first + i], policy, worker.scratch, worker.block);
    });
    for (size_t i = 0; i < wave; ++i) {
      sink(workers[i].block);
      done += ranges[first + i].events;
    }
    report(progress, {"sorting histories", done, total, ""});
  }
}

}  // namespace kaskad
