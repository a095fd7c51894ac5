// manifest.json of a bundle as a value. Written last by write_bundle(), read first by
// load_bundle().
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "kaskad/dataset/dataset.h"
#include "kaskad/dataset/manifest.h"
#include "kaskad/model/golden.h"

namespace kaskad {

struct BundleFile {
  uint64_t bytes = 0;
  std::string hash;
};
void to_json(nlohmann::json& out, const BundleFile& file);
void from_json(const nlohmann::json& in, BundleFile& file);

struct BundleManifest {
  std::string kind, created, dataset_hash, split_hash;
  std::string items_hash, users_hash;  // of the id maps; users_hash empty: no stored histories
  std::string config_json, metrics_json;
  int64_t now = 0;
  TimeKind time_kind = TimeKind::kOrder;
  bool has_titles = false;
  std::vector<FeatureEntry> user_features;
  std::map<std::string, std::string> libraries;
  std::map<std::string, BundleFile> files;  // by path below the directory
  std::vector<GoldenRequest> golden;

  // Of the kind, the config and all files: the same model on the same data has the same hash.
  std::string hash() const;
};

// Size and checksum of every file below `directory`.
std::map<std::string, BundleFile> list_files(const std::string& directory);

void write_bundle_manifest(const std::string& path, const BundleManifest& manifest);

// `text` is the file `directory`/manifest.json. Throws Error when it is damaged or of another
// version.
BundleManifest parse_bundle_manifest(const std::string& directory, const std::string& text);

// Throws Error naming the first file that is missing, truncated or damaged.
void verify_files(const std::string& directory, const std::map<std::string, BundleFile>& files);

}  // namespace kaskad
