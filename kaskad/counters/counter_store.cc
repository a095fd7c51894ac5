#include "kaskad/counters/counter_store.h"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "kaskad/core/error.h"
#include "kaskad/counters/store_manifest.h"
#include "kaskad/dataset/query_tokens.h"

namespace kaskad {
namespace {

std::vector<uint32_t> codes_in(const IdMap& of, const IdMap& store) {
  if (of.hash() == store.hash()) return {};
  std::vector<uint32_t> codes(of.size());
  for (size_t id = 0; id < codes.size(); ++id) codes[id] = store.find(of.name(id)).value_or(kNoKey);
  return codes;
}

}  // namespace

CounterStore CounterStore::open(const std::string& directory) {
  const StoreManifest manifest = read_store_manifest(directory);
  CounterStore store(manifest.spec, manifest.heads);
  store.directory_ = directory;
  store.as_of_ = manifest.as_of;
  store.counted_until_ = manifest.counted_until;
  store.items_ = IdMap(directory, "items");
  if (manifest.has_users) store.users_ = IdMap(directory, "users");
  if (manifest.has_queries) store.queries_ = IdMap(directory, "queries");
  store.open_fields(manifest);
  for (size_t s = 0; s < store.fields_.segments.size(); ++s) {
    store.tables_.emplace_back(directory + "/segment_" + std::to_string(s),
                               store.fields_.segments[s].left.size(), store.layout_.num_values());
    if (manifest.spec.sketch_epsilon == 0) continue;
    store.sketches_.emplace_back(directory + "/sketch_" + std::to_string(s) + ".npy",
                                 sketch_shape(manifest.spec), store.layout_.num_values());
  }
  return store;
}

CounterStore CounterStore::open(const std::string& directory, const IdMap& items,
                                const IdMap& users) {
  CounterStore store = open(directory);
  store.item_codes_ = codes_in(items, store.items_);
  if (store.users_.size() > 0) store.user_codes_ = codes_in(users, store.users_);
  return store;
}

void CounterStore::open_fields(const StoreManifest& manifest) {
  for (size_t f = 0; f < manifest.fields.size(); ++f) {
    const StoredField& stored = manifest.fields[f];
    CounterField field;
    field.name = stored.name;
    field.owner = stored.owner;
    const std::string prefix = directory_ + "/field_" + std::to_string(f);
    field_names_.emplace_back();
    if (stored.identity) {
      const IdMap& ids = owner_ids(stored.owner);
      field.codes.resize(ids.size());
      std::iota(field.codes.begin(), field.codes.end(), 0u);
    } else {
      field_names_.back() = IdMap(directory_, "field_" + std::to_string(f));
      const NpyFile<uint64_t> offsets(prefix + "_offsets.npy");
      const NpyFile<uint32_t> codes(prefix + "_codes.npy");
      field.offsets.assign(offsets.values().begin(), offsets.values().end());
      field.codes.assign(codes.values().begin(), codes.values().end());
      check_field(field, field_names_.back().size(), owner_ids(stored.owner).size(), prefix);
    }
    fields_.fields.push_back(std::move(field));
  }
  fields_.segments = manifest.segments;
}

const IdMap& CounterStore::owner_ids(FieldOwner owner) const {
  return owner == FieldOwner::kQuery ? queries_ : owner == FieldOwner::kUser ? users_ : items_;
}

std::string_view CounterStore::code_name(size_t field, uint32_t code) const {
  const IdMap& names =
      field_names_[field].size() > 0 ? field_names_[field] : owner_ids(fields_.fields[field].owner);
  return names.name(code);
}

std::vector<std::string> CounterStore::feature_names() const {
  std::vector<std::string> names;
  for (const CounterSegment& segment : fields_.segments) {
    for (std::string& name : layout_.feature_names(segment.name)) names.push_back(std::move(name));
  }
  return names;
}

size_t CounterStore::item_of(ItemId id) const {
  if (item_codes_.empty()) return index(id);
  return index(id) < item_codes_.size() ? item_codes_[index(id)] : kNoKey;
}

size_t CounterStore::user_of(UserId id) const {
  if (user_codes_.empty()) return index(id);
  return index(id) < user_codes_.size() ? user_codes_[index(id)] : kNoKey;
}

void LivePairCounts::add_to(uint32_t code, float* pair) const {
  const auto found = std::lower_bound(codes.begin(), codes.end(), code);
  if (found == codes.end() || *found != code) return;
  const float* from = counts.data() + static_cast<size_t>(found - codes.begin()) * values;
  for (size_t v = 0; v < values; ++v) pair[v] += from[v];
}

CounterStore::Codes CounterStore::codes_of(const CounterRequest& request,
                                           const NewCode& new_code) const {
  Codes codes;
  codes.values.resize(fields_.fields.size());
  codes.query_values.resize(fields_.fields.size());
  for (size_t f = 0; f < fields_.fields.size(); ++f) {
    const CounterField& field = fields_.fields[f];
    if (field.owner == FieldOwner::kUser) codes.values[f] = field.of(user_of(request.user));
    if (field.owner != FieldOwner::kQuery || request.query.empty()) continue;
    std::vector<uint32_t>& of_query = codes.query_values[f];
    const auto take = [&](const IdMap& names, std::string_view name) {
      std::optional<uint32_t> code = names.find(name);
      if (!code && new_code) code = new_code(f, name);
      if (code) of_query.push_back(*code);
    };
    if (field.name == "query") {
      take(queries_, request.query);
    } else {
      for (const std::string& token : query_tokens(request.query)) take(field_names_[f], token);
    }
    codes.values[f] = of_query;
  }
  return codes;
}

std::vector<std::span<const uint32_t>> CounterStore::left_values(size_t s,
                                                                 const Codes& codes) const {
  std::vector<std::span<const uint32_t>> values;
  for (const size_t field : fields_.segments[s].left) values.push_back(codes.values[field]);
  return values;
}

CounterStore::LeftRows CounterStore::left_rows(size_t s, const Codes& codes) const {
  LeftRows left;
  left.total.assign(layout_.num_values(), 0.0);
  each_left_key(left_values(s, codes), [&](std::span<const uint32_t> key) {
    const uint32_t row = tables_[s].find_row(key);
    if (row == kNoKey) return;
    left.rows.push_back(row);
    left.keys.insert(left.keys.end(), key.begin(), key.end());
    const auto of_row = tables_[s].total(row);
    for (size_t v = 0; v < left.total.size(); ++v) left.total[v] += of_row[v];
  });
  return left;
}

void CounterStore::answer(const CounterRequest& request, std::span<float> out) const {
  KASKAD_ASSERT(out.size() == request.candidates.size() * num_features());
  const Codes codes = codes_of(request);
  for (size_t s = 0; s < tables_.size() && !out.empty(); ++s) {
    answer_segment(s, left_rows(s, codes), request.candidates,
                   out.subspan(s * layout_.num_features()), num_features());
  }
}

void CounterStore::answer_segment(size_t s, const LeftRows& left,
                                  std::span<const ItemId> candidates, std::span<float> out,
                                  size_t stride) const {
  CounterLayout::Writer writer(layout_);
  writer.begin(left.total);
  const Target target{candidates, writer, out.data(), stride};
  const CounterField& right = right_field(s);
  if (is_sketched() && !left.rows.empty()) {
    write_estimates(sketches_[s], left, right, target);
  } else if (left.rows.size() == 1 && right.is_identity() && !left.changed) {
    write_items(tables_[s], left.rows.front(), target);
  } else {
    write_sums(tables_[s], left, right, target);
  }
}

// One row, one cell a candidate. All cells are found before the first is read, so that the memory
// accesses of many candidates overlap.
void CounterStore::write_items(const SegmentTable& table, uint32_t number,
                               const Target& target) const {
  const std::vector<float> nothing(layout_.num_values(), 0.0F);
  const SegmentTable::Row row = table.row(number);
  const size_t count = target.candidates.size();
  std::vector<const float*> pairs(count);
  for (size_t c = 0; c < count; ++c) {
    const size_t item = item_of(target.candidates[c]);
    const uint64_t cell =
        item == kNoKey ? SegmentTable::kNoCell : row.find(static_cast<uint32_t>(item));
    pairs[c] = cell == SegmentTable::kNoCell ? nothing.data() : table.cell(cell);
    __builtin_prefetch(pairs[c]);
  }
  for (size_t c = 0; c < count; ++c) target.write(c, pairs[c]);
}

// Several rows, or several right keys a candidate, are added up.
void CounterStore::write_sums(const SegmentTable& table, const LeftRows& left,
                              const CounterField& right, const Target& target) const {
  std::vector<SegmentTable::Row> found;
  for (const uint32_t row : left.rows) found.push_back(table.row(row));
  std::vector<float> pair(layout_.num_values());
  for (size_t c = 0; c < target.candidates.size(); ++c) {
    std::fill(pair.begin(), pair.end(), 0.0F);
    for (const uint32_t code : right.of(item_of(target.candidates[c]))) {
      left.since.add_to(code, pair.data());
      for (const SegmentTable::Row& row : found) {
        const uint64_t cell = row.find(code);
        if (cell == SegmentTable::kNoCell) continue;
        const float* values = table.cell(cell);
        for (size_t v = 0; v < pair.size(); ++v) pair[v] += values[v];
      }
    }
    target.write(c, pair.data());
  }
}

void CounterStore::write_estimates(const SegmentSketch& sketch, const LeftRows& left,
                                   const CounterField& right, const Target& target) const {
  const size_t width = left.keys.size() / left.rows.size();
  const std::span<const uint32_t> keys = left.keys;
  std::vector<float> pair(layout_.num_values());
  for (size_t c = 0; c < target.candidates.size(); ++c) {
    std::fill(pair.begin(), pair.end(), 0.0F);
    for (const uint32_t code : right.of(item_of(target.candidates[c]))) {
      left.since.add_to(code, pair.data());
      for (size_t row = 0; row < left.rows.size(); ++row) {
        sketch.add(keys.subspan(row * width, width), code, pair.data());
      }
    }
    target.write(c, pair.data());
  }
}

std::vector<TopRow> CounterStore::top_rows(size_t s, size_t rows, size_t cells) const {
  const SegmentTable& table = tables_[s];
  const CounterSegment& segment = fields_.segments[s];
  std::vector<size_t> order(table.num_rows());
  std::iota(order.begin(), order.end(), size_t{0});
  const auto more = [&](size_t a, size_t b) {
    return std::pair(-table.total(a)[0], a) < std::pair(-table.total(b)[0], b);
  };
  order.resize(std::min(rows, order.size()));
  std::vector<size_t> all(table.num_rows());
  std::iota(all.begin(), all.end(), size_t{0});
  std::partial_sort_copy(all.begin(), all.end(), order.begin(), order.end(), more);
  std::vector<TopRow> top;
  for (const size_t number : order) {
    TopRow row;
    for (size_t f = 0; f < segment.left.size(); ++f) {
      row.left += f > 0 ? ", " : "";
      row.left += code_name(segment.left[f], table.left_of(number)[f]);
    }
    row.total.assign(table.total(number).begin(), table.total(number).end());
    row.cells = top_cells(s, number, cells);
    top.push_back(std::move(row));
  }
  return top;
}

std::vector<TopRow::Cell> CounterStore::top_cells(size_t s, size_t row, size_t count) const {
  const SegmentTable& table = tables_[s];
  const auto keys = table.keys_of(row);
  // By actions of all heads, then by impressions, in the first horizon.
  const auto value = [&](size_t k) {
    const float* pair = table.cell(table.first_cell(row) + k);
    float actions = 0;
    for (size_t e = 1; e < layout_.num_events(); ++e) actions += pair[layout_.at(e, 0)];
    return std::tuple(-actions, -pair[0], SegmentTable::code_of(keys[k]));
  };
  std::vector<size_t> all(keys.size()), order(std::min(count, keys.size()));
  std::iota(all.begin(), all.end(), size_t{0});
  std::partial_sort_copy(all.begin(), all.end(), order.begin(), order.end(),
                         [&](size_t a, size_t b) { return value(a) < value(b); });
  std::vector<TopRow::Cell> cells;
  for (const size_t k : order) {
    const float* pair = table.cell(table.first_cell(row) + k);
    cells.push_back(
        {std::string(code_name(fields_.segments[s].right, SegmentTable::code_of(keys[k]))),
         {pair, pair + layout_.num_values()}});
  }
  return cells;
}

}  // namespace kaskad
