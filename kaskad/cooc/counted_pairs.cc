#include "kaskad/cooc/counted_pairs.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <unordered_map>

#include "kaskad/core/error.h"
#include "kaskad/core/parallel.h"
#include "kaskad/dataset/counted_manifest.h"
#include "kaskad/dataset/manifest.h"
#include "kaskad/log/part_files.h"

namespace kaskad {
namespace {

using nlohmann::json;

constexpr const char* kCountedFormat = "kaskad counted pairs";
constexpr size_t kBlockRows = PairCounts::kBlockRows;

// "occurrences_0", "occurrences_1", ... after the fixed columns.
void add_numbered(std::vector<std::string>& columns, const std::string& name, size_t count) {
  for (size_t i = 0; i < count; ++i) columns.push_back(name + "_" + std::to_string(i));
}

class PairsReader {
 public:
  PairsReader(const std::string& directory, const IdMap& items, int threads,
              const Progress& progress)
      : directory_(directory), items_(items), threads_(threads), progress_(progress) {}

  CountedPairs read() {
    read_manifest();
    read_items();
    count_columns();
    fill_rows();
    parallel_for(pairs_.counts.blocks.size(), threads_,
                 [&](size_t b, int) { order_rows(pairs_.counts.blocks[b]); });
    return std::move(pairs_);
  }

 private:
  void read_manifest() {
    read_counted_manifest(directory_, kCountedFormat, kCountedPairsVersion, [&](const json& root) {
      from_json(root.at("blend"), pairs_.blend);
      for (const json& weighting : root.at("weightings")) {
        from_json(weighting, pairs_.counts.weightings.emplace_back());
      }
      root.at("horizon").get_to(pairs_.horizon);
      root.at("users").get_to(pairs_.users);
      root.at("events").get_to(pairs_.events);
      root.at("items").get_to(listed_items_);
      root.at("pairs").get_to(listed_pairs_);
      if (root.at("time") == time_kind_name(TimeKind::kClock)) pairs_.time_kind = TimeKind::kClock;
    });
    lanes_ = pairs_.counts.weightings.size();
    pairs_.counts.num_items = items_.size();
    pairs_.counts.num_users = static_cast<double>(pairs_.users);
    pairs_.counts.occurrences.assign(lanes_, std::vector<float>(items_.size(), 0.0f));
    pairs_.popularity.assign(items_.size(), 0);
    pairs_.counts.blocks.resize((items_.size() + kBlockRows - 1) / kBlockRows);
  }

  // item, item_id, events, occurrences_*, row_sum_*
  void read_items() {
    std::vector<std::string> columns = {"item", "item_id", "events"};
    add_numbered(columns, "occurrences", lanes_);
    add_numbered(columns, "row_sum", lanes_);
    for (size_t b = 0; b < pairs_.counts.blocks.size(); ++b) {
      const size_t rows = std::min(kBlockRows, items_.size() - b * kBlockRows);
      pairs_.counts.blocks[b].row_begin.assign(rows + 1, 0);
      pairs_.counts.blocks[b].row_sum.assign(rows * lanes_, 0.0f);
    }
    PartFiles table(directory_ + "/items", columns);
    uint64_t events = 0, unknown = 0;
    std::string example;
    while (table.next()) {
      for (size_t row = 0; row < table.rows(); ++row) {
        const std::string_view name = table.text(1, row);
        const auto item = items_.find(name);
        if (!item) {
          if (unknown++ == 0) example = name;
          continue;
        }
        if (!item_of_.emplace(table.whole(0, row), *item).second) {
          table.refuse(0, row, "another number for each item");
        }
        pairs_.popularity[*item] = static_cast<uint64_t>(table.whole(2, row, 0));
        events += pairs_.popularity[*item];
        CountBlock& block = pairs_.counts.blocks[*item / kBlockRows];
        for (size_t l = 0; l < lanes_; ++l) {
          pairs_.counts.occurrences[l][*item] = static_cast<float>(table.number(3 + l, row));
          block.row_sum[*item % kBlockRows * lanes_ + l] =
              static_cast<float>(table.number(3 + lanes_ + l, row));
        }
      }
    }
    if (unknown > 0) {
      throw Error("'" + directory_ + "' counts " + std::to_string(unknown) +
                  " items that the dataset does not have, as '" + example +
                  "'; ingest its items with --item-features and --cold-items");
    }
    expect_counted(directory_, "items", item_of_.size(), listed_items_);
    expect_counted(directory_, "events", events, pairs_.events);
  }

  uint32_t item_at(const PartFiles& table, size_t column, size_t row) const {
    const auto found = item_of_.find(table.whole(column, row));
    if (found == item_of_.end()) table.refuse(column, row, "the number of an item");
    return found->second;
  }

  // How many columns each row has, as row_begin.
  void count_columns() {
    uint64_t pairs = 0;
    PartFiles table(directory_ + "/pairs", {"source"});
    while (table.next()) {
      for (size_t row = 0; row < table.rows(); ++row) {
        const uint32_t source = item_at(table, 0, row);
        ++pairs_.counts.blocks[source / kBlockRows].row_begin[source % kBlockRows + 1];
      }
      pairs += table.rows();
      report(progress_, {"looking at pairs", pairs, listed_pairs_, ""});
    }
    expect_counted(directory_, "pairs", pairs, listed_pairs_);
    for (CountBlock& block : pairs_.counts.blocks) {
      std::partial_sum(block.row_begin.begin(), block.row_begin.end(), block.row_begin.begin());
      block.columns.resize(block.row_begin.back());
      block.values.assign(lanes_, std::vector<float>(block.row_begin.back()));
    }
  }

  // source, target, weight_*
  void fill_rows() {
    std::vector<std::string> columns = {"source", "target"};
    add_numbered(columns, "weight", lanes_);
    std::vector<uint32_t> filled(items_.size(), 0);
    uint64_t pairs = 0;
    PartFiles table(directory_ + "/pairs", columns);
    while (table.next()) {
      for (size_t row = 0; row < table.rows(); ++row) {
        const uint32_t source = item_at(table, 0, row), target = item_at(table, 1, row);
        CountBlock& block = pairs_.counts.blocks[source / kBlockRows];
        const uint32_t at = block.row_begin[source % kBlockRows] + filled[source]++;
        block.columns[at] = target;
        for (size_t l = 0; l < lanes_; ++l) {
          const double weight = table.number(2 + l, row);
          if (weight < 0) table.refuse(2 + l, row, "0 or more");
          block.values[l][at] = static_cast<float>(weight);
        }
      }
      pairs += table.rows();
      report(progress_, {"reading pairs", pairs, listed_pairs_, ""});
    }
  }

  // Columns ascend within a row, so that a model does not depend on how a cluster cut its files.
  void order_rows(CountBlock& block) const {
    std::vector<uint32_t> order, columns(block.columns.size());
    for (size_t r = 0; r + 1 < block.row_begin.size(); ++r) {
      const size_t first = order.size();
      for (uint32_t c = block.row_begin[r]; c < block.row_begin[r + 1]; ++c) order.push_back(c);
      std::sort(order.begin() + static_cast<ptrdiff_t>(first), order.end(),
                [&](uint32_t a, uint32_t b) { return block.columns[a] < block.columns[b]; });
      for (size_t c = first; c < order.size(); ++c) {
        columns[c] = block.columns[order[c]];
        if (c == first || columns[c] != columns[c - 1]) continue;
        throw Error("'" + directory_ + "/pairs' has a pair of items twice, as of '" +
                    std::string(items_.name(columns[c])) + "'");
      }
    }
    block.columns = std::move(columns);
    for (std::vector<float>& lane : block.values) {
      std::vector<float> ordered(lane.size());
      for (size_t c = 0; c < order.size(); ++c) ordered[c] = lane[order[c]];
      lane = std::move(ordered);
    }
  }

  const std::string directory_;
  const IdMap& items_;
  const int threads_;
  const Progress& progress_;
  CountedPairs pairs_;
  size_t lanes_ = 0;
  uint64_t listed_items_ = 0, listed_pairs_ = 0;
  std::unordered_map<int64_t, uint32_t> item_of_;  // the job's number -> that of `items_`
};

size_t lane_of(const CountedPairs& counted, const PairWeighting& weighting) {
  const auto& weightings = counted.counts.weightings;
  const auto found = std::find(weightings.begin(), weightings.end(), weighting);
  if (found == weightings.end()) {
    throw Error("'" + weighting.name() + "' was not counted, though a part of the blend asks for " +
                "it; count again");
  }
  return static_cast<size_t>(found - weightings.begin());
}

// One weight an item, in `values` alone.
ItemMatrix counted_popularity(const CountedPairs& counted, double tau) {
  if (tau > 0) {
    throw Error(
        "popularity with a trend is made of events, not of counted pairs; leave that part "
        "out of the blend");
  }
  ItemMatrix weights;
  weights.values.assign(counted.popularity.begin(), counted.popularity.end());
  return weights;
}

}  // namespace

bool holds_counted_pairs(const std::string& directory) {
  return holds_counted(directory, kCountedFormat);
}

CountedPairs read_counted_pairs(const std::string& directory, const IdMap& items, int threads,
                                const Progress& progress) {
  return PairsReader(directory, items, threads, progress).read();
}

std::unique_ptr<CoocModel> fit_counted(const CountedPairs& counted, const Dataset& dataset,
                                       const FitOptions& options) {
  const auto similarity = similarity_for(counted.blend, dataset, options);
  std::vector<ItemMatrix> matrices;
  for (const Blend::Part& part : counted.blend.parts) {
    const MatrixSpec& spec = part.variant.matrix;
    switch (spec.kind) {
      case MatrixKind::kCooccurrence:
        matrices.push_back(build_item_matrix(counted.counts, lane_of(counted, spec.weighting),
                                             spec.normalisation, {similarity.get(), spec.content},
                                             options.threads));
        break;
      case MatrixKind::kContent:
        matrices.push_back(content_matrix(*similarity));
        break;
      case MatrixKind::kPopularity:
        matrices.push_back(counted_popularity(counted, spec.popularity_tau));
        break;
      case MatrixKind::kEase:
        throw Error("'" + part.variant.name() +
                    "' is made of events, not of counted pairs; leave " +
                    "that part out of the blend");
    }
  }
  return std::make_unique<CoocModel>(counted.blend, std::move(matrices), counted.popularity);
}

}  // namespace kaskad
