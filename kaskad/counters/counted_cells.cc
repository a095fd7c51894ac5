#include "kaskad/counters/counted_cells.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <span>
#include <utility>

#include "kaskad/core/error.h"
#include "kaskad/counters/counted_codes.h"
#include "kaskad/dataset/counted_manifest.h"
#include "kaskad/dataset/manifest.h"
#include "kaskad/log/part_files.h"

namespace kaskad {
namespace {

using nlohmann::json;

constexpr const char* kCellsFormat = "kaskad counted cells";

// The days of the cells of one segment, as the rows of the files have them.
struct SegmentRows {
  std::vector<uint32_t> left;    // (rows, width) codes
  std::vector<uint32_t> right;   // (rows) codes; kNoKey: the total of the left key
  std::vector<uint16_t> age;     // (rows)
  std::vector<uint64_t> values;  // (rows) places in the counts and the decayed sums

  std::span<const uint32_t> left_of(size_t row, size_t width) const {
    return std::span(left).subspan(row * width, width);
  }

  // Rows by left key, right key and age from old to new.
  std::vector<uint64_t> order(size_t width) const {
    std::vector<uint64_t> rows(right.size());
    std::iota(rows.begin(), rows.end(), uint64_t{0});
    std::sort(rows.begin(), rows.end(), [&](uint64_t a, uint64_t b) {
      const auto left_a = left_of(a, width), left_b = left_of(b, width);
      const auto differs = std::ranges::mismatch(left_a, left_b);
      if (differs.in1 != left_a.end()) return *differs.in1 < *differs.in2;
      if (right[a] != right[b]) return right[a] < right[b];
      return age[a] > age[b];
    });
    return rows;
  }
};

class CellsReader {
 public:
  CellsReader(const std::string& directory, const Dataset& dataset, const Progress& progress)
      : directory_(directory), dataset_(dataset), progress_(progress) {}

  CountedCells read() {
    read_manifest();
    counted_.fields = find_counter_fields(counted_.spec, dataset_);
    rows_.resize(counted_.fields.segments.size());
    for (const CounterSegment& segment : counted_.fields.segments) {
      most_left_ = std::max(most_left_, segment.left.size());
    }
    CountedCodes codes(counted_.fields, dataset_);
    read_rows(codes);
    number_queries(codes);
    for (size_t s = 0; s < rows_.size(); ++s) counted_.cells.push_back(cells_of(s));
    return std::move(counted_);
  }

 private:
  // The columns of the files: segment, left_0, left_1, ..., right, age, counts, decayed sums.
  static constexpr size_t kSegment = 0, kFirstLeft = 1;
  size_t right_column() const { return kFirstLeft + most_left_; }
  size_t age_column() const { return right_column() + 1; }
  size_t first_count() const { return right_column() + 2; }

  void read_manifest() {
    read_counted_manifest(directory_, kCellsFormat, kCountedCellsVersion, [&](const json& root) {
      counted_.spec = CounterSpec::from_json(root.at("spec").dump());
      root.at("heads").get_to(counted_.heads);
      root.at("as_of").get_to(counted_.as_of);
      root.at("rows").get_to(listed_rows_);
      if (root.at("time") == time_kind_name(TimeKind::kClock)) {
        counted_.time_kind = TimeKind::kClock;
      }
    });
    if (counted_.spec.sketch_epsilon > 0) {
      throw Error("'" + directory_ +
                  "/manifest.json' asks for sketches, but what a cluster counts is exact");
    }
    events_ = counted_.heads.size() + 1;
    decays_ = counted_.spec.decay_days.size();
  }

  void read_rows(CountedCodes& codes) {
    std::vector<std::string> columns = {"segment"};
    for (size_t f = 0; f < most_left_; ++f) columns.push_back("left_" + std::to_string(f));
    columns.insert(columns.end(), {"right", "age"});
    for (size_t e = 0; e < events_; ++e) columns.push_back("count_" + std::to_string(e));
    for (size_t d = 0; d < events_ * decays_; ++d) {
      columns.push_back("decayed_" + std::to_string(d));
    }
    PartFiles table(directory_ + "/cells", columns);
    uint64_t rows = 0;
    while (table.next()) {
      for (size_t row = 0; row < table.rows(); ++row) read_row(table, row, codes);
      rows += table.rows();
      report(progress_, {"reading counts", rows, listed_rows_, ""});
    }
    expect_counted(directory_, "rows", rows, listed_rows_);
  }

  void read_row(const PartFiles& table, size_t row, CountedCodes& codes) {
    const auto s =
        static_cast<size_t>(table.whole(kSegment, row, 0, static_cast<int64_t>(rows_.size()) - 1));
    const CounterSegment& segment = counted_.fields.segments[s];
    left_.clear();
    for (size_t f = 0; f < segment.left.size(); ++f) {
      if (table.text(kFirstLeft + f, row).empty()) table.refuse(kFirstLeft + f, row, "a name");
      const auto code = codes.find(segment.left[f], table.text(kFirstLeft + f, row));
      if (!code) return leave_out(segment.left[f]);
      left_.push_back(*code);
    }
    uint32_t right = kNoKey;
    if (!table.text(right_column(), row).empty()) {
      const auto code = codes.find(segment.right, table.text(right_column(), row));
      if (!code) return leave_out(segment.right);
      right = *code;
    }
    SegmentRows& to = rows_[s];
    to.left.insert(to.left.end(), left_.begin(), left_.end());
    to.right.push_back(right);
    to.age.push_back(
        static_cast<uint16_t>(table.whole(age_column(), row, 0, counted_.spec.longest_window())));
    to.values.push_back(counts_.size() / events_);
    read_values(table, row);
  }

  void read_values(const PartFiles& table, size_t row) {
    for (size_t e = 0; e < events_; ++e) {
      counts_.push_back(static_cast<uint32_t>(table.whole(first_count() + e, row, 0, UINT32_MAX)));
    }
    for (size_t d = 0; d < events_ * decays_; ++d) {
      decayed_.push_back(table.number(first_count() + events_ + d, row));
    }
  }

  void leave_out(size_t field) {
    const CounterField& of = counted_.fields.fields[field];
    if (!of.is_identity()) {
      ++counted_.unknown_categories;
    } else {
      ++(of.owner == FieldOwner::kUser ? counted_.unknown_users : counted_.unknown_items);
    }
  }

  void number_queries(const CountedCodes& codes) {
    for (size_t f = 0; f < counted_.fields.fields.size(); ++f) {
      CounterField& field = counted_.fields.fields[f];
      if (field.owner != FieldOwner::kQuery) continue;
      CountedCodes::Sorted sorted = codes.sorted_texts(f);
      (field.is_identity() ? counted_.queries : field.names) = std::move(sorted.texts);
      recode(f, sorted.places);
    }
    const std::vector<std::string_view> queries(counted_.queries.begin(), counted_.queries.end());
    fill_query_fields(counted_.fields, queries);
  }

  void recode(size_t field, const std::vector<uint32_t>& places) {
    for (size_t s = 0; s < rows_.size(); ++s) {
      const std::vector<size_t>& left = counted_.fields.segments[s].left;
      for (size_t f = 0; f < left.size(); ++f) {
        if (left[f] != field) continue;
        for (size_t i = f; i < rows_[s].left.size(); i += left.size()) {
          rows_[s].left[i] = places[rows_[s].left[i]];
        }
      }
    }
  }

  SegmentCells cells_of(size_t s) {
    const SegmentRows rows = std::exchange(rows_[s], {});
    SegmentCells cells;
    cells.width = counted_.fields.segments[s].left.size();
    cells.events = events_;
    cells.decays = decays_;
    const std::vector<uint64_t> order = rows.order(cells.width);
    const auto same_left = [&](size_t i, size_t j) {
      return std::ranges::equal(rows.left_of(order[i], cells.width),
                                rows.left_of(order[j], cells.width));
    };
    for (size_t i = 0; i < order.size(); ++i) {
      const uint64_t row = order[i], values = rows.values[row];
      const bool new_left = i == 0 || !same_left(i - 1, i);
      if (new_left) cells.begin_row(rows.left_of(row, cells.width));
      if (new_left || rows.right[row] != rows.right[order[i - 1]]) {
        cells.begin_cell(rows.right[row]);
      }
      cells.add_slice(rows.age[row], &counts_[values * events_]);
      for (size_t d = 0; d < events_ * decays_; ++d) {
        cells.decays_of_last()[d] += decayed_[values * events_ * decays_ + d];
      }
      const bool ends_left = i + 1 == order.size() || !same_left(i, i + 1);
      if (ends_left && rows.right[row] != kNoKey) {
        throw Error("'" + directory_ + "/cells' has no total of a left key of '" +
                    counted_.fields.segments[s].name + "'; are some files missing?");
      }
    }
    return cells;
  }

  const std::string directory_;
  const Dataset& dataset_;
  const Progress& progress_;
  CountedCells counted_;
  size_t events_ = 1, decays_ = 0;
  size_t most_left_ = 0;  // fields of a left key
  uint64_t listed_rows_ = 0;
  std::vector<uint32_t> left_;     // of the row that is read
  std::vector<SegmentRows> rows_;  // (segments)
  std::vector<uint32_t> counts_;   // (rows, events)
  std::vector<double> decayed_;    // (rows, events, decays)
};

}  // namespace

bool holds_counted_cells(const std::string& directory) {
  return holds_counted(directory, kCellsFormat);
}

CountedCells read_counted_cells(const std::string& directory, const Dataset& dataset,
                                const Progress& progress) {
  return CellsReader(directory, dataset, progress).read();
}

}  // namespace kaskad
