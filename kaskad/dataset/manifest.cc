#include "kaskad/dataset/manifest.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "kaskad/core/file.h"
#include "kaskad/core/hash.h"
#include "kaskad/dataset/dataset.h"

namespace kaskad {
namespace {

using nlohmann::json;

constexpr uint64_t kAlwaysVerified = 64 << 20;  // larger files would make open() slow

DatasetManifest read_fields(const json& root) {
  DatasetManifest manifest;
  root.at("users").get_to(manifest.users);
  root.at("items").get_to(manifest.items);
  root.at("events").get_to(manifest.events);
  manifest.time_kind = root.at("time") == "clock" ? TimeKind::kClock : TimeKind::kOrder;
  manifest.has_actions = root.at("has_actions");
  root.at("actions").get_to(manifest.actions);
  root.at("hash").get_to(manifest.hash);
  root.at("item_features").get_to(manifest.item_features);
  root.at("user_features").get_to(manifest.user_features);
  for (const auto& [name, entry] : root.at("files").items()) {
    manifest.files[name] = {entry.at("bytes"), entry.at("hash")};
  }
  manifest.source_json = root.at("source").dump();
  return manifest;
}

void verify_file(const std::string& path, const FileEntry& expected) {
  std::error_code failure;
  const uint64_t bytes = std::filesystem::file_size(path, failure);
  if (failure) throw system_error("read", path, failure.value());
  if (bytes != expected.bytes) {
    throw Error("'" + path + "' is damaged: found " + std::to_string(bytes) + " bytes, expected " +
                std::to_string(expected.bytes));
  }
  if (bytes <= kAlwaysVerified && hash_file(path) != expected.hash) {
    throw Error("'" + path + "' is damaged: its checksum is not the one in manifest.json");
  }
}

json parse(const std::string& path) {
  try {
    return json::parse(read_file(path));
  } catch (const json::exception& error) {
    throw Error("'" + path + "' is damaged: " + error.what());
  }
}

void check_version(const std::string& path, const json& root) {
  if (!root.is_object() || root.value("format", "") != "kaskad dataset") {
    throw Error("'" + path + "' is not the manifest of a dataset; run 'kaskad ingest' to make one");
  }
  if (root.value("version", 0) != kDatasetVersion) {
    throw data_error(path, 0, "version", root.value("version", json()).dump(),
                     std::to_string(kDatasetVersion) + "; ingest the log again");
  }
}

}  // namespace

void to_json(json& out, const FeatureEntry& entry) {
  out = {{"name", entry.name}, {"kind", entry.categorical ? "categorical" : "dense"}};
  if (!entry.categorical) out["dimension"] = entry.dimension;
}

void from_json(const json& in, FeatureEntry& entry) {
  entry = {in.at("name"), in.at("kind") == "categorical", in.value("dimension", uint64_t{1})};
}

std::string time_kind_name(TimeKind kind) { return kind == TimeKind::kClock ? "clock" : "order"; }

void write_manifest(const std::string& directory, const DatasetManifest& manifest) {
  json root = {{"format", "kaskad dataset"},
               {"version", kDatasetVersion},
               {"users", manifest.users},
               {"items", manifest.items},
               {"events", manifest.events},
               {"time", time_kind_name(manifest.time_kind)},
               {"has_actions", manifest.has_actions},
               {"actions", manifest.actions},
               {"hash", manifest.hash},
               {"item_features", manifest.item_features},
               {"user_features", manifest.user_features},
               {"source", json::parse(manifest.source_json)}};
  for (const auto& [name, entry] : manifest.files) {
    root["files"][name] = {{"bytes", entry.bytes}, {"hash", entry.hash}};
  }
  // An id or a column name may hold bytes that are no UTF-8; they must not stop the writing.
  write_file(directory + "/manifest.json",
             root.dump(1, ' ', false, json::error_handler_t::replace) + "\n");
}

DatasetManifest read_manifest(const std::string& directory) {
  const std::string path = directory + "/manifest.json";
  const json root = parse(path);
  check_version(path, root);
  DatasetManifest manifest;
  try {
    manifest = read_fields(root);
  } catch (const json::exception& error) {
    throw Error("'" + path + "' is damaged: " + error.what());
  }
  for (const auto& [name, entry] : manifest.files) verify_file(directory + "/" + name, entry);
  return manifest;
}

}  // namespace kaskad
