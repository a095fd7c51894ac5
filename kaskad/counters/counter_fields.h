// The categorical fields that counters are kept by, as codes of queries, users and items. Made of a
// dataset and its impressions for counting; a store carries them on to serving.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kaskad/counters/counter_spec.h"
#include "kaskad/dataset/dataset.h"
#include "kaskad/dataset/id_table.h"
#include "kaskad/dataset/impressions.h"

namespace kaskad {

enum class FieldOwner { kQuery, kUser, kItem };

// Codes of one field for each id of its owner.
struct CounterField {
  std::string name;  // "query", "query_token", "user", "item", "user_country", ...
  FieldOwner owner = FieldOwner::kItem;
  std::vector<uint64_t> offsets;  // (owners + 1) into codes; empty: one code each
  std::vector<uint32_t> codes;
  std::vector<std::string> names;  // by code; empty where codes are the owner's own ids

  std::span<const uint32_t> of(size_t id) const {
    if (offsets.empty())
      return id < codes.size() ? std::span(&codes[id], 1) : std::span<const uint32_t>();
    if (id + 1 >= offsets.size()) return {};
    return std::span(codes).subspan(offsets[id], offsets[id + 1] - offsets[id]);
  }
  bool is_identity() const { return offsets.empty(); }
  // One above the largest code.
  size_t size() const { return is_identity() ? codes.size() : names.size(); }
};

// One segment with its fields found.
struct CounterSegment {
  std::string name;          // "query:country:item"
  std::vector<size_t> left;  // fields of queries and users, in the order of the spec
  size_t right = 0;          // the field of items
};

struct CounterFields {
  std::vector<CounterField> fields;      // each used by some segment
  std::vector<CounterSegment> segments;  // as in the spec
};

// Throws Error naming the fields that there are when the spec asks for another, and when a segment
// has not exactly one field of items. Fields of queries have no codes yet.
CounterFields find_counter_fields(const CounterSpec& spec, const Dataset& dataset);

// Gives fields of queries their codes. Words that a field has already keep theirs.
void fill_query_fields(CounterFields& fields, std::span<const std::string_view> queries);

// Both. Throws Error as well when the spec asks for fields of queries and there are none.
CounterFields find_counter_fields(const CounterSpec& spec, const Dataset& dataset,
                                  const IdMap& queries);

// The names of a field by their codes; empty where codes are ids.
IdTable name_table(const CounterField& field);

// By id; the views live as long as the map.
std::vector<std::string_view> names_of(const IdMap& ids);

// Combinations of the values of left fields beyond these are left out.
inline constexpr size_t kMostLeftKeys = 64;

// Calls take(codes), codes being (left), for each combination of the values of the left fields; not
// at all where a field has none. A segment without left fields has one combination, the empty one.
template <typename Take>
void each_left_key(std::span<const std::span<const uint32_t>> values, const Take& take) {
  uint32_t codes[8];
  size_t place[8] = {};
  for (const auto& one : values) {
    if (one.empty()) return;
  }
  for (size_t keys = 0; keys < kMostLeftKeys; ++keys) {
    for (size_t f = 0; f < values.size(); ++f) codes[f] = values[f][place[f]];
    take(std::span<const uint32_t>(codes, values.size()));
    size_t f = values.size();  // the last field turns fastest
    while (f > 0 && ++place[f - 1] == values[f - 1].size()) place[--f] = 0;
    if (f == 0) return;
  }
}

// The left keys of lists.
class ListKeys {
 public:
  ListKeys(const CounterFields& fields, const CounterSegment& segment)
      : fields_(fields), segment_(segment), values_(segment.left.size()) {}

  template <typename Take>
  void each(const ImpressionList& list, const Take& take) {
    for (size_t f = 0; f < values_.size(); ++f) {
      const CounterField& field = fields_.fields[segment_.left[f]];
      values_[f] =
          field.of(field.owner == FieldOwner::kQuery ? index(list.query) : index(list.user));
    }
    each_left_key(values_, take);
  }

 private:
  const CounterFields& fields_;
  const CounterSegment& segment_;
  std::vector<std::span<const uint32_t>> values_;
};

}  // namespace kaskad
