#include "kaskad/counters/counted_cells.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>

#include "kaskad/core/error.h"
#include "kaskad/dataset/counted_manifest.h"
#include "kaskad/dataset/id_table.h"
#include "kaskad/dataset/manifest.h"
#include "kaskad/log/part_files.h"

namespace kaskad {
namespace {

using nlohmann::json;

constexpr const char* kCellsFormat = "kaskad counted cells";

// One day of one cell, as a row of the file has it.
struct SliceRow {
  uint32_t left[2] = {};  // codes, in the order of the segment
  uint32_t right = kNoKey;
  uint16_t age = 0;
  size_t values = 0;  // its place in the counts and the decayed sums
};

bool comes_before(const SliceRow& a, const SliceRow& b) {
  if (a.left[0] != b.left[0]) return a.left[0] < b.left[0];
  if (a.left[1] != b.left[1]) return a.left[1] < b.left[1];
  if (a.right != b.right) return a.right < b.right;
  return a.age > b.age;
}

CounterField identity_field(const std::string& name, FieldOwner owner, size_t count) {
  CounterField field{.name = name, .owner = owner, .codes = std::vector<uint32_t>(count)};
  std::iota(field.codes.begin(), field.codes.end(), 0u);
  return field;
}

class CellsReader {
 public:
  CellsReader(const std::string& directory, const Dataset& dataset, const Progress& progress)
      : directory_(directory), dataset_(dataset), progress_(progress) {}

  CountedCells read() {
    read_manifest();
    find_fields();
    read_rows();
    number_queries();
    for (size_t s = 0; s < rows_.size(); ++s) counted_.cells.push_back(cells_of(s));
    return std::move(counted_);
  }

 private:
  // The columns of the file before counts and decayed sums.
  enum Column : size_t { kSegment, kQuery, kUser, kItem, kAge, kFirstCount };

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

  void find_fields() {
    CounterFields& found = counted_.fields;
    const auto place_of_field = [&](const std::string& name) {
      for (size_t f = 0; f < found.fields.size(); ++f) {
        if (found.fields[f].name == name) return f;
      }
      const bool query = name == "query", user = name == "user";
      if (!query && !user && name != "item") {
        throw Error("counters by '" + name + "': a cluster counts by query, user and item alone");
      }
      found.fields.push_back(query ? identity_field(name, FieldOwner::kQuery, 0)
                             : user
                                 ? identity_field(name, FieldOwner::kUser, dataset_.num_users())
                                 : identity_field(name, FieldOwner::kItem, dataset_.num_items()));
      return found.fields.size() - 1;
    };
    for (const auto& names : counted_.spec.segments) {
      CounterSegment segment{.name = segment_name(names)};
      bool has_item = false;
      for (const std::string& name : names) {
        const size_t place = place_of_field(name);
        if (name == "item") {
          segment.right = place;
          has_item = true;
        } else {
          segment.left.push_back(place);
        }
      }
      if (!has_item) throw Error("counters by '" + segment.name + "': expected item among them");
      found.segments.push_back(std::move(segment));
    }
    rows_.resize(found.segments.size());
  }

  // Rows of the segments, with queries by their first appearance.
  void read_rows() {
    std::vector<std::string> columns = {"segment", "query", "user", "item", "age"};
    for (size_t e = 0; e < events_; ++e) columns.push_back("count_" + std::to_string(e));
    for (size_t d = 0; d < events_ * decays_; ++d) {
      columns.push_back("decayed_" + std::to_string(d));
    }
    PartFiles table(directory_ + "/cells", columns);
    uint64_t rows = 0;
    while (table.next()) {
      for (size_t row = 0; row < table.rows(); ++row) read_row(table, row);
      rows += table.rows();
      report(progress_, {"reading counts", rows, listed_rows_, ""});
    }
    expect_counted(directory_, "rows", rows, listed_rows_);
  }

  void read_row(const PartFiles& table, size_t row) {
    const auto s =
        static_cast<size_t>(table.whole(kSegment, row, 0, static_cast<int64_t>(rows_.size()) - 1));
    const CounterSegment& segment = counted_.fields.segments[s];
    SliceRow slice;
    slice.age = static_cast<uint16_t>(table.whole(kAge, row, 0, counted_.spec.longest_window()));
    for (size_t f = 0; f < segment.left.size(); ++f) {
      const bool query = counted_.fields.fields[segment.left[f]].owner == FieldOwner::kQuery;
      const auto code = query ? query_code(table, row) : find_id(table, kUser, row);
      if (!code) {
        ++counted_.unknown_users;
        return;
      }
      slice.left[f] = *code;
    }
    if (!table.text(kItem, row).empty()) {
      const auto code = find_id(table, kItem, row);
      if (!code) {
        ++counted_.unknown_items;
        return;
      }
      slice.right = *code;
    }
    slice.values = counts_.size() / events_;
    for (size_t e = 0; e < events_; ++e) {
      counts_.push_back(static_cast<uint32_t>(table.whole(kFirstCount + e, row, 0, UINT32_MAX)));
    }
    for (size_t d = 0; d < events_ * decays_; ++d) {
      decayed_.push_back(table.number(kFirstCount + events_ + d, row));
    }
    rows_[s].push_back(slice);
  }

  std::optional<uint32_t> query_code(const PartFiles& table, size_t row) {
    if (table.text(kQuery, row).empty()) table.refuse(kQuery, row, "a query");
    const std::string_view name = table.text(kQuery, row);
    uint32_t code = 0;
    queries_.map({&name, 1}, {&code, 1});
    return code;
  }

  std::optional<uint32_t> find_id(const PartFiles& table, size_t column, size_t row) const {
    const IdMap& ids = column == kUser ? dataset_.users() : dataset_.items();
    if (table.text(column, row).empty()) table.refuse(column, row, "an id");
    return ids.find(table.text(column, row));
  }

  // In the order of their bytes, so that a store does not depend on how a cluster cut its files.
  void number_queries() {
    counted_.queries.assign(queries_.names().begin(), queries_.names().end());
    std::sort(counted_.queries.begin(), counted_.queries.end());
    std::vector<uint32_t> sorted(counted_.queries.size());
    for (uint32_t code = 0; code < sorted.size(); ++code) {
      sorted[*queries_.find(counted_.queries[code])] = code;
    }
    for (CounterField& field : counted_.fields.fields) {
      if (field.owner != FieldOwner::kQuery) continue;
      field = identity_field(field.name, FieldOwner::kQuery, sorted.size());
    }
    for (size_t s = 0; s < rows_.size(); ++s) {
      const CounterSegment& segment = counted_.fields.segments[s];
      for (size_t f = 0; f < segment.left.size(); ++f) {
        if (counted_.fields.fields[segment.left[f]].owner != FieldOwner::kQuery) continue;
        for (SliceRow& row : rows_[s]) row.left[f] = sorted[row.left[f]];
      }
    }
  }

  SegmentCells cells_of(size_t s) {
    std::vector<SliceRow>& rows = rows_[s];
    std::sort(rows.begin(), rows.end(), comes_before);
    SegmentCells cells;
    cells.width = counted_.fields.segments[s].left.size();
    cells.events = events_;
    cells.decays = decays_;
    for (size_t r = 0; r < rows.size(); ++r) {
      const SliceRow& row = rows[r];
      const bool same_left = r > 0 && std::equal(row.left, row.left + 2, rows[r - 1].left);
      const bool same_cell = same_left && row.right == rows[r - 1].right;
      if (!same_left) cells.begin_row({row.left, cells.width});
      if (!same_cell) cells.begin_cell(row.right);
      cells.add_slice(row.age, &counts_[row.values * events_]);
      for (size_t d = 0; d < events_ * decays_; ++d) {
        cells.decays_of_last()[d] += decayed_[row.values * events_ * decays_ + d];
      }
      const bool ends_left =
          r + 1 == rows.size() || !std::equal(row.left, row.left + 2, rows[r + 1].left);
      if (ends_left && row.right != kNoKey) {
        throw Error("'" + directory_ + "/cells' has no total of a left key of '" +
                    counted_.fields.segments[s].name + "'; are some files missing?");
      }
    }
    rows = {};
    return cells;
  }

  const std::string directory_;
  const Dataset& dataset_;
  const Progress& progress_;
  CountedCells counted_;
  size_t events_ = 1, decays_ = 0;
  uint64_t listed_rows_ = 0;
  IdTable queries_;
  std::vector<std::vector<SliceRow>> rows_;  // (segments)
  std::vector<uint32_t> counts_;             // (rows, events)
  std::vector<double> decayed_;              // (rows, events, decays)
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
