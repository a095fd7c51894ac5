#include "kaskad/dataset/dataset_writer.h"

#include <algorithm>
#include <filesystem>

#include "kaskad/core/file.h"
#include "kaskad/core/hash.h"

namespace kaskad {
namespace {

FileEntry entry_of(const std::string& path) {
  return {std::filesystem::file_size(path), hash_file(path)};
}

void add_id_map(const std::string& directory, const std::string& name, DatasetManifest& manifest) {
  for (const char* suffix : {".offsets", ".bytes"}) {
    manifest.files[name + suffix] = entry_of(directory + "/" + name + suffix);
  }
}

void add_folder(const std::string& directory, const std::string& folder,
                DatasetManifest& manifest) {
  if (!std::filesystem::exists(directory + "/" + folder)) return;
  for (const auto& file : std::filesystem::directory_iterator(directory + "/" + folder)) {
    manifest.files[folder + "/" + file.path().filename().string()] = entry_of(file.path());
  }
}

// Names of the action codes count as content; counts are implied by the columns.
std::string content_hash(const DatasetManifest& manifest) {
  Hasher hasher;
  hasher.add("kaskad dataset 1 " + time_kind_name(manifest.time_kind));
  for (const auto& [name, entry] : manifest.files) {
    if (name.find('/') == std::string::npos) hasher.add(" " + name + " " + entry.hash);
  }
  for (const std::string& action : manifest.actions) hasher.add(" action " + action);
  return hasher.hex();
}

}  // namespace

struct DatasetWriter::Column {
  explicit Column(const std::string& path) : writer(path) {}

  template <typename T>
  void add(std::span<const T> values) {
    writer.write_array(values);
    hasher.add(values.data(), values.size_bytes());
  }
  FileEntry close() {
    writer.close();
    return {writer.size(), hasher.hex()};
  }

  FileWriter writer;
  Hasher hasher;
};

DatasetWriter::DatasetWriter(const std::string& directory, bool with_actions)
    : directory_(directory),
      offsets_(std::make_unique<Column>(directory + "/offsets.u64")),
      item_(std::make_unique<Column>(directory + "/item.u32")),
      time_(std::make_unique<Column>(directory + "/time.i64")),
      weight_(std::make_unique<Column>(directory + "/weight.f32")) {
  if (with_actions) action_ = std::make_unique<Column>(directory + "/action.u8");
  offsets_->add(std::span<const uint64_t>(&end_, 1));
}

DatasetWriter::~DatasetWriter() = default;

void DatasetWriter::append(std::span<const uint32_t> lengths, const History& events) {
  std::vector<uint64_t> ends(lengths.size());
  const uint64_t begin = end_;
  std::transform(lengths.begin(), lengths.end(), ends.begin(),
                 [&](uint32_t length) { return end_ += length; });
  KASKAD_ASSERT(end_ - begin == events.size() && events.times.size() == events.size() &&
                events.weights.size() == events.size());
  users_ += lengths.size();
  offsets_->add(std::span<const uint64_t>(ends));
  item_->add(events.items);
  time_->add(events.times);
  weight_->add(events.weights);
  if (action_) {
    KASKAD_ASSERT(events.actions.size() == events.size());
    action_->add(events.actions);
  }
}

std::string DatasetWriter::finish(const DatasetContents& contents) {
  KASKAD_ASSERT(users_ == contents.users.size());
  DatasetManifest manifest;
  manifest.users = users_;
  manifest.items = contents.items.size();
  manifest.events = end_;
  manifest.time_kind = contents.time_kind;
  manifest.has_actions = action_ != nullptr;
  manifest.actions = contents.actions;
  manifest.source_json = contents.source_json;
  manifest.files["offsets.u64"] = offsets_->close();
  manifest.files["item.u32"] = item_->close();
  manifest.files["time.i64"] = time_->close();
  manifest.files["weight.f32"] = weight_->close();
  if (action_) manifest.files["action.u8"] = action_->close();
  write_id_map(directory_, "users", contents.users);
  write_id_map(directory_, "items", contents.items);
  add_id_map(directory_, "users", manifest);
  add_id_map(directory_, "items", manifest);
  manifest.hash = content_hash(manifest);

  manifest.item_features = write_features(directory_ + "/item_features", contents.item_features);
  manifest.user_features = write_features(directory_ + "/user_features", contents.user_features);
  add_folder(directory_, "item_features", manifest);
  add_folder(directory_, "user_features", manifest);
  write_manifest(directory_, manifest);
  return manifest.hash;
}

}  // namespace kaskad
