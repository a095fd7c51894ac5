#include "kaskad/model/bundle_manifest.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "kaskad/core/file.h"
#include "kaskad/core/hash.h"
#include "kaskad/model/bundle.h"

namespace kaskad {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// Empty text is an empty object.
json parse_part(const std::string& text, const char* part) {
  try {
    return text.empty() ? json::object() : json::parse(text);
  } catch (const json::exception& error) {
    throw Error(std::string("the bundle's ") + part + " is no JSON: " + error.what());
  }
}

void check_version(const std::string& directory, const json& root) {
  const std::string path = directory + "/manifest.json";
  if (!root.is_object() || root.value("format", json()) != "kaskad bundle") {
    throw Error("'" + path + "' is not the manifest of a bundle");
  }
  const json version = root.value("version", json());
  if (!version.is_number_integer()) {
    throw data_error(path, 0, "version", version.dump(), std::to_string(kBundleVersion));
  }
  if (version == kBundleVersion) return;
  const bool older = version.get<int64_t>() < kBundleVersion;
  throw Error("'" + directory + "' is of bundle version " + version.dump() + ", this build reads " +
              std::to_string(kBundleVersion) +
              (older ? ": run 'kaskad grid' again to write a new one"
                     : ": it was written by a newer kaskad, use that one"));
}

BundleManifest read_fields(const json& root) {
  BundleManifest manifest;
  root.at("kind").get_to(manifest.kind);
  root.at("created").get_to(manifest.created);
  root.at("dataset_hash").get_to(manifest.dataset_hash);
  root.at("split_hash").get_to(manifest.split_hash);
  root.at("items_hash").get_to(manifest.items_hash);
  root.at("users_hash").get_to(manifest.users_hash);
  root.at("now").get_to(manifest.now);
  manifest.time_kind = root.at("time") == "clock" ? TimeKind::kClock : TimeKind::kOrder;
  root.at("titles").get_to(manifest.has_titles);
  // Bundles from before models read features lack it.
  manifest.user_features = root.value("user_features", manifest.user_features);
  manifest.config_json = root.at("config").dump();
  manifest.metrics_json = root.at("metrics").dump();
  root.at("libraries").get_to(manifest.libraries);
  root.at("files").get_to(manifest.files);
  manifest.golden = golden_from_json(root.at("golden"));
  return manifest;
}

}  // namespace

void to_json(json& out, const BundleFile& file) {
  out = {{"bytes", file.bytes}, {"hash", file.hash}};
}

void from_json(const json& in, BundleFile& file) { file = {in.at("bytes"), in.at("hash")}; }

std::string BundleManifest::hash() const {
  Hasher hasher;
  hasher.add("kaskad bundle " + kind + " " + config_json);
  for (const auto& [name, file] : files) hasher.add("\n" + name + " " + file.hash);
  return hasher.hex();
}

std::map<std::string, BundleFile> list_files(const std::string& directory) {
  std::map<std::string, BundleFile> files;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (!entry.is_regular_file()) continue;
    files[fs::relative(entry.path(), directory).string()] = {entry.file_size(),
                                                             hash_file(entry.path().string())};
  }
  return files;
}

void write_bundle_manifest(const std::string& path, const BundleManifest& manifest) {
  const json root = {{"format", "kaskad bundle"},
                     {"version", kBundleVersion},
                     {"kind", manifest.kind},
                     {"created", manifest.created},
                     {"dataset_hash", manifest.dataset_hash},
                     {"split_hash", manifest.split_hash},
                     {"items_hash", manifest.items_hash},
                     {"users_hash", manifest.users_hash},
                     {"now", manifest.now},
                     {"time", manifest.time_kind == TimeKind::kClock ? "clock" : "order"},
                     {"titles", manifest.has_titles},
                     {"user_features", manifest.user_features},
                     {"config", parse_part(manifest.config_json, "config")},
                     {"metrics", parse_part(manifest.metrics_json, "metrics")},
                     {"libraries", manifest.libraries},
                     {"files", manifest.files},
                     {"golden", golden_to_json(manifest.golden)}};
  write_file(path, root.dump(1, ' ', false, json::error_handler_t::replace) + "\n");
}

BundleManifest parse_bundle_manifest(const std::string& directory, const std::string& text) {
  try {
    const json root = json::parse(text);
    check_version(directory, root);
    return read_fields(root);
  } catch (const json::exception& error) {
    throw Error("'" + directory + "/manifest.json' is damaged: " + error.what());
  }
}

void verify_files(const std::string& directory, const std::map<std::string, BundleFile>& files) {
  for (const auto& [name, expected] : files) {
    const std::string path = directory + "/" + name;
    std::error_code failure;
    const uint64_t bytes = fs::file_size(path, failure);
    if (failure) throw Error("bundle '" + directory + "' lacks its file '" + name + "'");
    if (bytes != expected.bytes) {
      throw Error("'" + path + "' is " + (bytes < expected.bytes ? "truncated" : "damaged") +
                  ": found " + std::to_string(bytes) + " bytes, expected " +
                  std::to_string(expected.bytes));
    }
    if (hash_file(path) != expected.hash) {
      throw Error("'" + path + "' is damaged: its checksum is not the one in manifest.json");
    }
  }
}

}  // namespace kaskad
