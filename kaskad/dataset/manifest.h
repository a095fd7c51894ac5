// manifest.json of a dataset directory: what is in it and a checksum of every file. Written last
// by DatasetWriter, checked first by Dataset::open.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "kaskad/log/event_reader.h"

namespace kaskad {

struct FileEntry {
  uint64_t bytes = 0;
  std::string hash;
};

// One column of a feature table; column number c of table T lies in files T/c.*.
struct FeatureEntry {
  std::string name;
  bool categorical = false;
  uint64_t dimension = 1;  // of a dense one
};
void to_json(nlohmann::json& out, const FeatureEntry& entry);
void from_json(const nlohmann::json& in, FeatureEntry& entry);

struct DatasetManifest {
  uint64_t users = 0, items = 0, events = 0;
  TimeKind time_kind = TimeKind::kOrder;
  bool has_actions = false;
  std::vector<std::string> actions;
  std::string hash;  // of events and ids
  std::vector<FeatureEntry> item_features, user_features;
  std::map<std::string, FileEntry> files;  // by path below the directory
  std::string source_json = "{}";          // where the events came from: an object, for people
};

std::string time_kind_name(TimeKind kind);

void write_manifest(const std::string& directory, const DatasetManifest& manifest);

// Throws Error when the manifest is missing, unreadable or of another version, when a file's size
// differs, and when the checksum of a file of up to 64 MiB does.
DatasetManifest read_manifest(const std::string& directory);

}  // namespace kaskad
