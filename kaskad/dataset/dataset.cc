#include "kaskad/dataset/dataset.h"

#include <algorithm>

#include "kaskad/core/hash.h"
#include "kaskad/dataset/feature_files.h"
#include "kaskad/dataset/manifest.h"

namespace kaskad {
namespace {

template <typename T>
std::span<const T> map_column(const std::string& path, size_t expected, MappedFile& file) {
  file = MappedFile(path);
  const std::span<const T> values = file.as<T>();
  if (values.size() != expected) {
    throw Error("'" + path + "' is damaged: found " + std::to_string(values.size()) +
                " values, expected " + std::to_string(expected));
  }
  return values;
}

// The largest column is too large to be hashed at every opening, but whoever counts by item would
// write where a damaged id says. Reading it once costs .1 s for a hundred million events that lie
// in the page cache.
void check_items(const std::string& path, std::span<const ItemId> column, size_t num_items) {
  const auto highest = std::max_element(column.begin(), column.end());
  if (highest == column.end() || index(*highest) < num_items) return;
  throw data_error(path, 0, "",
                   "item " + std::to_string(index(*highest)) + " at event " +
                       std::to_string(highest - column.begin()),
                   "items below " + std::to_string(num_items) + "; the file is damaged");
}

IdMap map_ids(const std::string& directory, const std::string& name, size_t expected) {
  IdMap ids(directory, name);
  if (ids.size() != expected) {
    throw Error("'" + directory + "/" + name + ".offsets' is damaged: found " +
                std::to_string(ids.size()) + " ids, expected " + std::to_string(expected));
  }
  return ids;
}

std::string hash_features(const DatasetManifest& manifest, const std::string& folder,
                          const std::vector<FeatureEntry>& entries) {
  if (entries.empty()) return "";
  Hasher hasher;
  for (const FeatureEntry& entry : entries) {
    hasher.add(" " + entry.name + (entry.categorical ? " categorical " : " dense ") +
               std::to_string(entry.dimension));
  }
  for (const auto& [name, file] : manifest.files) {
    if (name.starts_with(folder + "/")) hasher.add(" " + name + " " + file.hash);
  }
  return hasher.hex();
}

}  // namespace

Dataset Dataset::open(const std::string& directory) {
  const DatasetManifest manifest = read_manifest(directory);
  Dataset data;
  data.directory_ = directory;
  data.hash_ = manifest.hash;
  data.item_features_hash_ = hash_features(manifest, "item_features", manifest.item_features);
  data.time_kind_ = manifest.time_kind;
  data.action_names_ = manifest.actions;
  const auto file = [&](const char* name) { return directory + "/" + name; };
  data.offsets_ = map_column<uint64_t>(file("offsets.u64"), manifest.users + 1, data.offsets_file_);
  data.item_ = map_column<ItemId>(file("item.u32"), manifest.events, data.item_file_);
  check_items(file("item.u32"), data.item_, manifest.items);
  data.time_ = map_column<int64_t>(file("time.i64"), manifest.events, data.time_file_);
  data.weight_ = map_column<float>(file("weight.f32"), manifest.events, data.weight_file_);
  if (manifest.has_actions) {
    data.action_ = map_column<uint8_t>(file("action.u8"), manifest.events, data.action_file_);
  }
  if (data.offsets_.front() != 0 || data.offsets_.back() != manifest.events ||
      !std::is_sorted(data.offsets_.begin(), data.offsets_.end())) {
    throw Error("'" + file("offsets.u64") + "' is damaged: its offsets do not fit the " +
                std::to_string(manifest.events) + " events");
  }
  data.users_ = map_ids(directory, "users", manifest.users);
  data.items_ = map_ids(directory, "items", manifest.items);
  data.item_features_ = map_features(file("item_features"), manifest.item_features, manifest.items);
  data.user_features_ = map_features(file("user_features"), manifest.user_features, manifest.users);
  return data;
}

History Dataset::history(UserId user) const {
  KASKAD_ASSERT(index(user) < num_users());
  const size_t begin = offsets_[index(user)];
  const size_t count = offsets_[index(user) + 1] - begin;
  return {item_.subspan(begin, count), time_.subspan(begin, count), weight_.subspan(begin, count),
          action_.empty() ? action_ : action_.subspan(begin, count)};
}

}  // namespace kaskad
