// The log of the ranker battery, small and with a known structure, and requests about it; for any
// test that wants lists. Items are red (even) or blue (odd), and so is each user's taste. A list
// offers both colours; right are the unseen items of the user's colour.
#pragma once

#include <algorithm>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "kaskad/dataset/impressions.h"
#include "kaskad/model/ranker.h"
#include "tests/dataset/make_dataset.h"

namespace kaskad {

inline constexpr size_t kColourItems = 24;
inline constexpr size_t kColourUsers = 60;
inline constexpr int64_t kColourDay = 86'400'000;

inline DatasetContents colour_features() {
  CategoricalColumn colour{"colour", {"red", "blue"}, {0}, {}};
  DenseColumn price{"price", 1, {}};
  for (uint32_t item = 0; item < kColourItems; ++item) {
    colour.codes.push_back(item % 2);
    colour.offsets.push_back(item + 1);
    price.values.push_back(static_cast<float>(10 + item));
  }
  CategoricalColumn town{"town", {"here", "there", "elsewhere"}, {0}, {}};
  for (uint32_t user = 0; user < kColourUsers; ++user) {
    town.codes.push_back(user % 3);
    town.offsets.push_back(user + 1);
  }
  DatasetContents contents{.time_kind = TimeKind::kClock};
  contents.item_features.categorical.push_back(colour);
  contents.item_features.dense.push_back(price);
  contents.user_features.categorical.push_back(town);
  return contents;
}

// User u takes items u + 2e of its colour, an event a day. Item i is called "i".
inline std::vector<TestRow> colour_rows() {
  std::vector<TestRow> rows;
  for (size_t item = 0; item < kColourItems; ++item) {  // so that ids are the numbers
    rows.push_back(
        {"u" + std::to_string(item % 2), std::to_string(item), static_cast<int64_t>(item) * 1000});
  }
  for (size_t user = 0; user < kColourUsers; ++user) {
    for (size_t e = 0; e < 6; ++e) {
      const size_t item = (user + 2 * (e * e + user / 2)) % kColourItems;
      rows.push_back({"u" + std::to_string(user), std::to_string(item),
                      static_cast<int64_t>(10 + user % 7 + e) * kColourDay});
    }
  }
  return rows;
}

// Twelve candidates a list in random order, with scores that say nothing.
inline void write_colour_lists(const Dataset& dataset, const std::string& directory,
                               const std::string& part, uint32_t seed) {
  std::filesystem::create_directories(directory);
  std::mt19937 random(seed);
  ImpressionWriter writer(1, 0);
  std::vector<uint32_t> known_end;
  for (uint32_t u = 0; u < kColourUsers; ++u) {
    const History all = dataset.history(UserId{u});
    known_end.push_back(static_cast<uint32_t>(all.size()));
    const auto end = static_cast<uint32_t>(all.size() - 1 - random() % 3);
    std::vector<ItemId> items;
    for (uint32_t item = 0; item < kColourItems; ++item) items.push_back(ItemId{item});
    std::shuffle(items.begin(), items.end(), random);
    items.resize(12);
    std::vector<float> scores, labels;
    std::vector<uint32_t> ranks;
    for (const ItemId item : items) {
      const auto seen = all.items.first(end);
      const bool new_to_user = std::find(seen.begin(), seen.end(), item) == seen.end();
      labels.push_back(new_to_user && index(item) % 2 == u % 2 ? 1.0f : 0.0f);
      scores.push_back(static_cast<float>(items.size() - ranks.size()));
      ranks.push_back(static_cast<uint32_t>(ranks.size() + 1));
    }
    const uint32_t missed = 0;
    writer.append(
        {UserId{u}, all.times[end], end, {&missed, 1}, items, scores, ranks, {}, labels, {}});
  }
  ImpressionFacts facts;
  facts.part = part;
  facts.heads = {"next"};
  facts.dataset_hash = dataset.hash();
  facts.split_hash = "split";
  writer.finish(directory, known_end, facts);
}

struct ColourLog {
  ColourLog() : log(colour_rows(), colour_features()) {
    write_colour_lists(log.data, log.directory / "train", "train", 1);
    write_colour_lists(log.data, log.directory / "validation", "validation", 2);
    write_colour_lists(log.data, log.directory / "test", "test", 3);
    train = Impressions::open(log.directory / "train");
    validation = Impressions::open(log.directory / "validation");
  }

  TestDataset log;
  Impressions train = {}, validation = {};
};

inline const ColourLog& colour_log() {
  static const ColourLog log;
  return log;
}

// A request with arrays of its own.
struct OwnedRequest {
  UserId user = kNoUser;
  int64_t now = 40 * kColourDay;
  std::vector<ItemId> history, candidates;
  std::vector<int64_t> times;
  std::vector<uint8_t> actions;
  std::vector<float> scores;
  std::vector<uint32_t> ranks;

  void offer(uint32_t item, float score) {
    candidates.push_back(ItemId{item});
    scores.push_back(score);
    ranks.push_back(static_cast<uint32_t>(candidates.size()));
  }
  void take(uint32_t item) { take(item, static_cast<uint8_t>(item % 3)); }
  void take(uint32_t item, uint8_t action) {
    history.push_back(ItemId{item});
    actions.push_back(action);
    times.push_back((20 + static_cast<int64_t>(history.size())) * kColourDay);
  }
  RankRequest view() const {
    RankRequest request;
    request.user = user;
    request.history.items = history;
    request.history.times = times;
    request.history.actions = actions;
    request.now = now;
    request.candidates = candidates;
    request.scores = scores;
    request.ranks = ranks;
    return request;
  }
};

inline std::vector<OwnedRequest> random_requests(size_t count) {
  std::mt19937 random(5);
  std::vector<OwnedRequest> requests(count);
  for (OwnedRequest& request : requests) {
    if (random() % 3 > 0) request.user = UserId{static_cast<uint32_t>(random() % kColourUsers)};
    for (size_t length = random() % 8; length > 0; --length) {
      request.take(static_cast<uint32_t>(random() % kColourItems));
    }
    for (size_t length = random() % 15; length > 0; --length) {
      request.offer(static_cast<uint32_t>(random() % (kColourItems + 2)),
                    static_cast<float>(length));
    }
  }
  return requests;
}

inline std::vector<float> scores_of(const Ranker& ranker, const std::vector<OwnedRequest>& owned) {
  std::vector<RankRequest> requests;
  for (const OwnedRequest& request : owned) requests.push_back(request.view());
  std::vector<float> scores(num_candidates(requests));
  ranker.score(requests, scores);
  return scores;
}

}  // namespace kaskad
