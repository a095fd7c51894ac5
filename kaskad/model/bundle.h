// What training leaves and serving loads: a directory with manifest.json, the id maps, the model's
// arrays, a checksum of every file, and golden requests that a loaded model must reproduce to
// 1e-4 before anybody may use it.
//   manifest.json            version, kind, config, hashes, metrics, checksums, golden requests
//   items.* users.*          id maps; users and history_* only when histories are stored
//   history_offsets.npy      (users + 1) uint64
//   history_items.npy history_times.npy   (events) uint32, int64
//   user_features/           beside the histories, of a model that reads them; as in a dataset
//   titles.*                 text of each item, when the dataset names its items; as an id map
//   everything else          the model's own
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kaskad/core/npy.h"
#include "kaskad/dataset/dataset.h"
#include "kaskad/dataset/split.h"
#include "kaskad/model/retriever.h"

namespace kaskad {

inline constexpr int kBundleVersion = 1;

// A loaded bundle. Read-only, thread-safe.
struct Bundle {
  std::string directory;
  std::string manifest_text;  // manifest.json as it is on disk
  std::string kind, dataset_hash, split_hash;
  std::string created;  // ISO-8601, UTC
  std::string hash;     // of the config and all files: two bundles differ when it does
  int64_t now = 0;      // end of what was learned: the time of a request that names none
  TimeKind time_kind = TimeKind::kOrder;
  IdMap items, users;  // `users` is empty in a bundle without stored histories
  std::unique_ptr<Retriever> retriever;

  // Histories of known users at training time, so that a server can answer by user id.
  NpyFile<uint64_t> history_offsets;  // (users + 1)
  NpyFile<ItemId> history_items;
  NpyFile<int64_t> history_times;

  FeatureTable user_features;  // (users), or empty when the model reads none

  IdMap titles;  // (items), or empty; not unique, so find() means nothing here

  // All that is stored of a user; weights and actions are empty.
  History history(UserId user) const;
  FeatureRow features(UserId user) const;
  // What the user is recommended at the end of what was learned.
  Query query(UserId user) const;

  // What people call the item; empty when the bundle carries no titles.
  std::string_view title(ItemId item) const {
    return titles.size() == 0 ? std::string_view() : titles.name(index(item));
  }
};

// Verifies version, checksums, id-map hash and golden requests. Throws Error saying which file
// or which request differs.
Bundle load_bundle(const std::string& directory);

// What write_bundle() adds to the model's own files.
struct BundleContents {
  // What a model learned of `phase`: the histories up to there, and the end of that time.
  static BundleContents of(const Dataset& dataset, const Phase& phase, std::string split_hash);

  const Dataset* dataset = nullptr;
  std::vector<uint32_t> history_end;  // (users): how much of each history is stored; or empty: none
  std::string split_hash;
  int64_t now = 0;  // request time of the golden requests
  // What the golden requests search for, in turn; empty: nothing, for models that read no query.
  std::vector<std::string> golden_queries;
  std::string config_json;   // the model's options
  std::string metrics_json;  // figures with intervals
  // The categorical item feature that people know the item by; empty: the first that is called
  // title, name, movie_title, product_name, ... or ends in _title, if any.
  std::string title_feature;
  std::map<std::string, std::string> libraries;  // versions of what the model was made with
};

// Writes the model through `save` (it puts its files into the given directory), then id maps,
// histories, golden requests answered by `model`, checksums and the manifest; all or nothing.
void write_bundle(const std::string& directory, const BundleContents& contents,
                  const Retriever& model, const std::function<void(const std::string&)>& save);

// How load_bundle() finds the code of a kind. `load` reads the files that `save` wrote.
using LoadRetriever = std::function<std::unique_ptr<Retriever>(const std::string& directory,
                                                               const std::string& config_json)>;
void register_retriever(const std::string& kind, LoadRetriever load);

// Throws Error naming the known kinds when there is none of that name.
std::unique_ptr<Retriever> load_retriever(const std::string& kind, const std::string& directory,
                                          const std::string& config_json);

}  // namespace kaskad
