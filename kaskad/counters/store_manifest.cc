#include "kaskad/counters/store_manifest.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "kaskad/core/hash.h"
#include "kaskad/counters/counter_store.h"
#include "kaskad/dataset/manifest.h"

namespace kaskad {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr uint64_t kMostHashed = uint64_t{64} << 20;
constexpr const char* kOwners[] = {"query", "user", "item"};

json fields_json(const std::vector<StoredField>& fields) {
  json list = json::array();
  for (const StoredField& field : fields) {
    list.push_back({{"name", field.name},
                    {"owner", kOwners[static_cast<size_t>(field.owner)]},
                    {"identity", field.identity}});
  }
  return list;
}

std::vector<StoredField> fields_of(const json& list) {
  std::vector<StoredField> fields;
  for (const json& one : list) {
    StoredField field;
    one.at("name").get_to(field.name);
    const std::string owner = one.at("owner");
    const auto at = std::find(std::begin(kOwners), std::end(kOwners), owner);
    if (at == std::end(kOwners)) throw Error("field '" + field.name + "' is of '" + owner + "'");
    field.owner = static_cast<FieldOwner>(at - std::begin(kOwners));
    one.at("identity").get_to(field.identity);
    fields.push_back(field);
  }
  return fields;
}

json segments_json(const std::vector<CounterSegment>& segments) {
  json list = json::array();
  for (const CounterSegment& segment : segments) {
    list.push_back({{"name", segment.name}, {"left", segment.left}, {"right", segment.right}});
  }
  return list;
}

std::vector<CounterSegment> segments_of(const json& list, const std::vector<StoredField>& fields) {
  std::vector<CounterSegment> segments;
  for (const json& one : list) {
    CounterSegment segment;
    one.at("name").get_to(segment.name);
    one.at("left").get_to(segment.left);
    one.at("right").get_to(segment.right);
    bool fits = segment.right < fields.size() && fields[segment.right].owner == FieldOwner::kItem &&
                segment.left.size() < 8;
    for (const size_t left : segment.left) {
      fits = fits && left < fields.size() && fields[left].owner != FieldOwner::kItem;
    }
    if (!fits) throw Error("segment '" + segment.name + "' has fields that are not there");
    segments.push_back(std::move(segment));
  }
  return segments;
}

void verify_files(const std::string& directory, const json& files) {
  for (const auto& [name, entry] : files.items()) {
    const std::string path = directory + "/" + name;
    std::error_code failure;
    const uint64_t bytes = fs::file_size(path, failure);
    if (failure) throw system_error("read", path, failure.value());
    const auto expected = entry.at("bytes").get<uint64_t>();
    if (bytes != expected) {
      throw Error("'" + path + "' is damaged: found " + std::to_string(bytes) +
                  " bytes, expected " + std::to_string(expected));
    }
    if (bytes <= kMostHashed && hash_file(path) != entry.at("hash").get<std::string>()) {
      throw Error("'" + path + "' is damaged: its checksum is not the one in manifest.json");
    }
  }
}

json read_root(const std::string& directory) {
  const std::string path = directory + "/manifest.json";
  if (!fs::exists(path)) {
    throw Error("'" + directory + "' holds no counters: it has no manifest.json; 'kaskad count' " +
                "writes them");
  }
  json root;
  try {
    root = json::parse(read_file(path));
  } catch (const json::exception& fault) {
    throw Error("'" + path + "' is damaged: " + fault.what());
  }
  if (!root.is_object() || root.value("format", json()) != "kaskad counters") {
    throw Error("'" + path + "' is not the manifest of counters");
  }
  if (root.value("version", json()) != kCountersVersion) {
    throw data_error(path, 0, "version", root.value("version", json()).dump(),
                     std::to_string(kCountersVersion) + "; count again");
  }
  return root;
}

}  // namespace

void write_store_manifest(const std::string& directory, const StoreManifest& manifest) {
  json root = {{"format", "kaskad counters"},
               {"version", kCountersVersion},
               {"spec", json::parse(manifest.spec.to_json())},
               {"heads", manifest.heads},
               {"as_of", manifest.as_of},
               {"counted_until", manifest.counted_until},
               {"time", time_kind_name(manifest.time_kind)},
               {"dataset_hash", manifest.dataset_hash},
               {"users", manifest.has_users},
               {"queries", manifest.has_queries},
               {"fields", fields_json(manifest.fields)},
               {"segments", segments_json(manifest.segments)}};
  for (const auto& file : fs::directory_iterator(directory)) {
    const std::string name = file.path().filename().string();
    root["files"][name] = {{"bytes", file.file_size()}, {"hash", hash_file(file.path().string())}};
  }
  write_file(directory + "/manifest.json",
             root.dump(1, ' ', false, json::error_handler_t::replace) + "\n");
}

StoreManifest read_store_manifest(const std::string& directory) {
  const json root = read_root(directory);
  StoreManifest manifest;
  try {
    manifest.spec = CounterSpec::from_json(root.at("spec").dump());
    root.at("heads").get_to(manifest.heads);
    root.at("as_of").get_to(manifest.as_of);
    root.at("counted_until").get_to(manifest.counted_until);
    if (root.at("time") == time_kind_name(TimeKind::kOrder)) manifest.time_kind = TimeKind::kOrder;
    root.at("dataset_hash").get_to(manifest.dataset_hash);
    root.at("users").get_to(manifest.has_users);
    root.at("queries").get_to(manifest.has_queries);
    manifest.fields = fields_of(root.at("fields"));
    manifest.segments = segments_of(root.at("segments"), manifest.fields);
    verify_files(directory, root.at("files"));
  } catch (const json::exception& fault) {
    throw Error("'" + directory + "/manifest.json' is damaged: " + fault.what());
  }
  return manifest;
}

void check_field(const CounterField& field, size_t codes, size_t owners, const std::string& path) {
  const auto& offsets = field.offsets;
  const bool fits = offsets.size() == owners + 1 && offsets.front() == 0 &&
                    offsets.back() == field.codes.size() &&
                    std::is_sorted(offsets.begin(), offsets.end()) &&
                    std::all_of(field.codes.begin(), field.codes.end(),
                                [&](uint32_t code) { return code < codes; });
  if (fits) return;
  throw Error("'" + path + "_*.npy' are damaged: they do not fit together for " +
              std::to_string(owners) + " ids and " + std::to_string(codes) + " categories");
}

}  // namespace kaskad
