#include "kaskad/model/bundle.h"

#include <algorithm>
#include <filesystem>

#include "kaskad/dataset/feature_files.h"
#include "kaskad/model/bundle_manifest.h"

namespace kaskad {
namespace {

std::string read_manifest_text(const std::string& directory) {
  const std::string path = directory + "/manifest.json";
  if (!std::filesystem::exists(path)) {
    throw Error("'" + directory + "' is no bundle: it has no manifest.json; 'kaskad grid' writes " +
                "bundles");
  }
  return read_file(path);
}

IdMap load_ids(const std::string& directory, const std::string& name,
               const std::string& expected_hash) {
  IdMap ids(directory, name);
  if (ids.hash() != expected_hash) {
    throw Error("the ids of '" + directory + "/" + name +
                ".bytes' are not those that the model was made for");
  }
  return ids;
}

// The histories must stay within the id maps, whatever the files say.
void load_histories(Bundle& bundle) {
  const std::string prefix = bundle.directory + "/history_";
  bundle.history_offsets = NpyFile<uint64_t>(prefix + "offsets.npy");
  bundle.history_items = NpyFile<ItemId>(prefix + "items.npy");
  bundle.history_times = NpyFile<int64_t>(prefix + "times.npy");
  const auto offsets = bundle.history_offsets.values();
  const auto items = bundle.history_items.values();
  const size_t num_items = bundle.items.size();
  const bool fits =
      offsets.size() == bundle.users.size() + 1 && offsets.front() == 0 &&
      offsets.back() == items.size() && bundle.history_times.size() == items.size() &&
      std::is_sorted(offsets.begin(), offsets.end()) &&
      std::all_of(items.begin(), items.end(), [&](ItemId i) { return index(i) < num_items; });
  if (!fits) throw Error("'" + prefix + "*.npy' are damaged: they do not fit the bundle's ids");
}

void load_titles(Bundle& bundle) {
  bundle.titles = IdMap(bundle.directory, "titles");
  if (bundle.titles.size() != bundle.items.size()) {
    throw data_error(bundle.directory + "/titles.offsets", 0, "",
                     std::to_string(bundle.titles.size()) + " titles",
                     std::to_string(bundle.items.size()));
  }
}

void check_golden_ids(const Bundle& bundle, const std::vector<GoldenRequest>& requests) {
  const auto check = [&](const char* what, size_t id, size_t count) {
    if (id < count) return;
    throw Error("'" + bundle.directory + "/manifest.json' is damaged: a golden request names " +
                what + " " + std::to_string(id) + " of " + std::to_string(count));
  };
  for (const GoldenRequest& request : requests) {
    for (const ItemId item : request.items) check("item", index(item), bundle.items.size());
    if (request.user) check("user", index(*request.user), bundle.user_features.rows);
  }
}

void load_model(Bundle& bundle, const BundleManifest& manifest) {
  bundle.retriever = load_retriever(manifest.kind, bundle.directory, manifest.config_json);
  if (bundle.retriever->num_items() != bundle.items.size()) {
    throw data_error(bundle.directory, 0, "",
                     "a model of " + std::to_string(bundle.retriever->num_items()) + " items",
                     std::to_string(bundle.items.size()));
  }
  check_golden_ids(bundle, manifest.golden);
  verify_golden(*bundle.retriever, manifest.golden, bundle.user_features,
                "bundle '" + bundle.directory + "'");
}

}  // namespace

History Bundle::history(UserId user) const {
  KASKAD_ASSERT(index(user) < users.size());
  const auto offsets = history_offsets.values();
  const size_t begin = offsets[index(user)];
  const size_t count = offsets[index(user) + 1] - begin;
  return {history_items.values().subspan(begin, count),
          history_times.values().subspan(begin, count),
          {},
          {}};
}

FeatureRow Bundle::features(UserId user) const {
  if (user_features.empty()) return {};
  return {&user_features, index(user)};
}

Query Bundle::query(UserId user) const {
  return {.history = history(user), .user_features = features(user), .now = now};
}

Bundle load_bundle(const std::string& directory) {
  Bundle bundle;
  bundle.directory = directory;
  bundle.manifest_text = read_manifest_text(directory);
  const BundleManifest manifest = parse_bundle_manifest(directory, bundle.manifest_text);
  verify_files(directory, manifest.files);

  bundle.kind = manifest.kind;
  bundle.dataset_hash = manifest.dataset_hash;
  bundle.split_hash = manifest.split_hash;
  bundle.created = manifest.created;
  bundle.hash = manifest.hash();
  bundle.now = manifest.now;
  bundle.time_kind = manifest.time_kind;
  bundle.items = load_ids(directory, "items", manifest.items_hash);
  if (!manifest.users_hash.empty()) {
    bundle.users = load_ids(directory, "users", manifest.users_hash);
    load_histories(bundle);
    bundle.user_features =
        map_features(directory + "/user_features", manifest.user_features, bundle.users.size());
  }
  if (manifest.has_titles) load_titles(bundle);
  load_model(bundle, manifest);
  return bundle;
}

}  // namespace kaskad
