// Counters on disk, as of a moment: what serving looks up, for thousands of candidates at once. A
// directory of mapped arrays, written by `kaskad count` (store_writer.h); the values are those that
// replay_counters() gives a list of that moment.
//   manifest.json         version, spec, heads, moment, fields, segments, checksums
//   items.* users.* queries.*   id maps; the latter two only where a segment asks for them
//   field_N.* field_N_*.npy     categories of users and items, tokens of queries
//   segment_N_*.npy       counts by left and right key (segment_table.h)
//   sketch_N.npy          pairs instead, where they are sketched (segment_sketch.h)
//   state_N_*.npy         the same kept apart by day, for updates alone (counter_cells.h)
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kaskad/counters/counter_fields.h"
#include "kaskad/counters/counter_spec.h"
#include "kaskad/counters/counter_values.h"
#include "kaskad/counters/segment_sketch.h"
#include "kaskad/counters/segment_table.h"
#include "kaskad/dataset/id_map.h"

namespace kaskad {

inline constexpr int kCountersVersion = 1;

struct StoreManifest;

// What a request is counted by. The spans must outlive the call.
struct CounterRequest {
  std::string_view query = {};  // as it was written; empty: none
  UserId user = kNoUser;
  std::span<const ItemId> candidates;
};

// Counts of pairs beside those of a store: of some left keys together, by right key.
struct LivePairCounts {
  size_t values = 0;            // of a pair
  std::vector<uint32_t> codes;  // right keys, ascending
  std::vector<float> counts;    // (codes, values)

  // Adds those of the right key, if any, to `pair` (values).
  void add_to(uint32_t code, float* pair) const;
};

// One left key with its largest right keys, for people.
struct TopRow {
  std::string left;
  std::vector<double> total;  // (values)
  struct Cell {
    std::string right;
    std::vector<float> pair;  // (values)
  };
  std::vector<Cell> cells;
};

// Read-only, thread-safe.
class CounterStore {
 public:
  // Throws Error when the directory is missing, damaged, or of another version. Requests number
  // items and users as the store does.
  static CounterStore open(const std::string& directory);
  // Requests number them as `items` and `users` do, whose ids may differ from those of the store.
  static CounterStore open(const std::string& directory, const IdMap& items, const IdMap& users);

  const CounterSpec& spec() const { return spec_; }
  const CounterLayout& layout() const { return layout_; }
  const std::vector<std::string>& heads() const { return heads_; }
  int64_t as_of() const { return as_of_; }  // counts are of events before it
  // All lists before it are counted; an update leaves it behind as_of(), by less than a day.
  int64_t counted_until() const { return counted_until_; }
  const std::string& directory() const { return directory_; }
  const CounterFields& fields() const { return fields_; }
  const IdMap& items() const { return items_; }
  const IdMap& users() const { return users_; }
  const IdMap& queries() const { return queries_; }
  const IdMap& field_names(size_t field) const { return field_names_[field]; }  // of categories
  std::string_view code_name(size_t field, uint32_t code) const;

  size_t num_segments() const { return tables_.size(); }
  const SegmentTable& table(size_t segment) const { return tables_[segment]; }
  size_t num_features() const { return tables_.size() * layout_.num_features(); }
  std::vector<std::string> feature_names() const;

  bool has_own_items() const { return item_codes_.empty(); }  // requests number them as it does
  bool is_sketched() const { return !sketches_.empty(); }
  const CounterField& right_field(size_t segment) const {
    return fields_.fields[fields_.segments[segment].right];
  }

  // `out` is (candidates, features). Unknown items, users and queries have no events.
  void answer(const CounterRequest& request, std::span<float> out) const;

  // The steps of it: what a request is counted by, in codes of the store,
  struct Codes {
    std::vector<std::span<const uint32_t>> values;    // (fields) of the query and the user
    std::vector<std::vector<uint32_t>> query_values;  // (fields) what `values` of queries point to
  };
  // The code of a name that the store does not have, for who counts on (live_counters.h).
  using NewCode = std::function<std::optional<uint32_t>(size_t field, std::string_view name)>;
  Codes codes_of(const CounterRequest& request, const NewCode& new_code = {}) const;
  // the rows of a segment's left keys that have events, and C(q),
  struct LeftRows {
    std::vector<uint32_t> rows;
    std::vector<uint32_t> keys;  // (rows, width)
    std::vector<double> total;   // (values)
    LivePairCounts since = {};   // what live_counters.h adds to their pairs; no others do
    bool changed = false;        // `total` has something since
  };
  LeftRows left_rows(size_t segment, const Codes& codes) const;
  // What each_left_key() combines to the left keys of a segment.
  std::vector<std::span<const uint32_t>> left_values(size_t segment, const Codes& codes) const;
  // and the segment's features of each candidate, to out[c * stride].
  void answer_segment(size_t segment, const LeftRows& left, std::span<const ItemId> candidates,
                      std::span<float> out, size_t stride) const;

  // The left keys with most events in the first horizon, most first.
  std::vector<TopRow> top_rows(size_t segment, size_t rows, size_t cells) const;

 private:
  CounterStore(CounterSpec spec, std::vector<std::string> heads)
      : spec_(std::move(spec)), layout_(spec_, heads), heads_(std::move(heads)) {}
  void open_fields(const StoreManifest& manifest);
  const IdMap& owner_ids(FieldOwner owner) const;
  // Where the features of candidates go.
  struct Target {
    std::span<const ItemId> candidates;
    const CounterLayout::Writer& writer;
    float* out;
    size_t stride;

    void write(size_t candidate, const float* pair) const {
      writer.write(pair, out + candidate * stride);
    }
  };
  void write_items(const SegmentTable& table, uint32_t row, const Target& target) const;
  void write_sums(const SegmentTable& table, const LeftRows& left, const CounterField& right,
                  const Target& target) const;
  void write_estimates(const SegmentSketch& sketch, const LeftRows& left, const CounterField& right,
                       const Target& target) const;
  std::vector<TopRow::Cell> top_cells(size_t segment, size_t row, size_t count) const;
  size_t item_of(ItemId id) const;
  size_t user_of(UserId id) const;

  std::string directory_;
  CounterSpec spec_;
  CounterLayout layout_;
  std::vector<std::string> heads_;
  int64_t as_of_ = 0, counted_until_ = 0;
  CounterFields fields_;
  IdMap items_, users_, queries_;
  std::vector<IdMap> field_names_;       // (fields); empty for ids
  std::vector<SegmentTable> tables_;     // (segments)
  std::vector<SegmentSketch> sketches_;  // (segments), or none
  // (ids of requests) to those of the store, kNoKey: unknown; empty: the same.
  std::vector<uint32_t> item_codes_, user_codes_;
};

}  // namespace kaskad
