#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <optional>

#include "kaskad/core/npy.h"
#include "kaskad/core/utc.h"
#include "kaskad/dataset/feature_files.h"
#include "kaskad/model/bundle.h"
#include "kaskad/model/bundle_manifest.h"

namespace kaskad {
namespace {

// One column of all histories cut at their ends, user by user: no second copy in memory.
template <typename T>
void write_cut(const std::string& path, std::span<const T> events, const Dataset& dataset,
               std::span<const uint32_t> history_end, size_t total) {
  const size_t shape[] = {total};
  FileWriter writer(path);
  writer.write(npy_header(npy_type<T>(), shape));
  for (size_t user = 0; user < dataset.num_users(); ++user) {
    writer.write_array(events.subspan(dataset.offsets()[user], history_end[user]));
  }
  writer.close();
}

void write_histories(const std::string& directory, const Dataset& dataset,
                     std::span<const uint32_t> history_end) {
  std::vector<uint64_t> offsets(dataset.num_users() + 1, 0);
  for (size_t user = 0; user < dataset.num_users(); ++user) {
    const size_t length = dataset.offsets()[user + 1] - dataset.offsets()[user];
    KASKAD_ASSERT(history_end[user] <= length);
    offsets[user + 1] = offsets[user] + history_end[user];
  }
  const std::string prefix = directory + "/history_";
  write_npy(prefix + "offsets.npy", offsets);
  write_cut(prefix + "items.npy", dataset.item(), dataset, history_end, offsets.back());
  write_cut(prefix + "times.npy", dataset.time(), dataset, history_end, offsets.back());
  write_id_map(directory, "users", dataset.users());
}

// Names under which logs keep what people call an item, the surest first.
constexpr std::string_view kTitleNames[] = {
    "title",       "name",       "item_title", "item_name",  "product_title", "product_name",
    "movie_title", "book_title", "track_name", "song_title", "headline"};

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

const CategoricalFeature* find_titles(const Dataset& dataset, const std::string& wanted) {
  const auto& features = dataset.item_features().categorical;
  const auto first = [&](auto&& matches) {
    const auto found = std::find_if(features.begin(), features.end(),
                                    [&](const auto& feature) { return matches(feature.name); });
    return found == features.end() ? nullptr : &*found;
  };
  if (wanted.empty()) {
    for (const std::string_view usual : kTitleNames) {
      const auto* found = first([&](const std::string& name) { return lower(name) == usual; });
      if (found) return found;
    }
    return first([](const std::string& name) { return lower(name).ends_with("_title"); });
  }
  if (const auto* title = first([&](const std::string& name) { return name == wanted; })) {
    return title;
  }
  std::string known;
  for (const auto& feature : features) known += (known.empty() ? "" : ", ") + feature.name;
  throw data_error(dataset.directory(), 0, "", "no item feature '" + wanted + "' for titles",
                   known.empty() ? "item features, which the dataset lacks" : "one of: " + known);
}

// A title that was read as a list of words (RecBole's token_seq) is put together again.
void write_titles(const std::string& directory, const CategoricalFeature& feature) {
  std::vector<std::string> titles(feature.offsets.size() - 1);
  for (size_t item = 0; item < titles.size(); ++item) {
    for (uint64_t c = feature.offsets[item]; c < feature.offsets[item + 1]; ++c) {
      titles[item] += (titles[item].empty() ? "" : " ") + feature.names[feature.codes[c]];
    }
  }
  const std::vector<std::string_view> views(titles.begin(), titles.end());
  write_id_map(directory, "titles", views);
}

std::map<std::string, std::string> library_versions(std::map<std::string, std::string> libraries) {
  libraries.emplace("kaskad", KASKAD_VERSION);
  libraries.emplace("compiler", __VERSION__);
  libraries.emplace("nlohmann_json", std::to_string(NLOHMANN_JSON_VERSION_MAJOR) + "." +
                                         std::to_string(NLOHMANN_JSON_VERSION_MINOR) + "." +
                                         std::to_string(NLOHMANN_JSON_VERSION_PATCH));
  return libraries;
}

}  // namespace

BundleContents BundleContents::of(const Dataset& dataset, const Phase& phase,
                                  std::string split_hash) {
  BundleContents contents;
  contents.dataset = &dataset;
  contents.history_end = phase.fit_end;
  contents.now = phase.horizon;
  contents.split_hash = std::move(split_hash);
  return contents;
}

void write_bundle(const std::string& directory, const BundleContents& contents,
                  const Retriever& model, const std::function<void(const std::string&)>& save) {
  const Dataset& dataset = *contents.dataset;
  KASKAD_ASSERT(model.num_items() == dataset.num_items());
  KASKAD_ASSERT(contents.history_end.empty() || contents.history_end.size() == dataset.num_users());
  BundleManifest manifest;
  manifest.kind = model.kind();
  manifest.created = now_utc();
  manifest.dataset_hash = dataset.hash();
  manifest.split_hash = contents.split_hash;
  manifest.config_json = contents.config_json;
  manifest.metrics_json = contents.metrics_json;
  manifest.now = contents.now;
  manifest.time_kind = dataset.time_kind();
  manifest.libraries = library_versions(contents.libraries);

  StagedDirectory staged(directory);
  save(staged.path());
  write_id_map(staged.path(), "items", dataset.items());
  manifest.items_hash = IdMap(staged.path(), "items").hash();
  if (!contents.history_end.empty()) {
    write_histories(staged.path(), dataset, contents.history_end);
    manifest.users_hash = IdMap(staged.path(), "users").hash();
    if (model.user_schema()) {
      manifest.user_features =
          write_features(staged.path() + "/user_features", columns_of(dataset.user_features()));
    }
  }
  if (const CategoricalFeature* titles = find_titles(dataset, contents.title_feature)) {
    write_titles(staged.path(), *titles);
    manifest.has_titles = true;
  }
  manifest.golden = choose_golden(dataset, contents.history_end, contents.now);
  const std::vector<std::string>& texts = contents.golden_queries;
  for (size_t r = 0; r < manifest.golden.size() && !texts.empty(); ++r) {
    manifest.golden[r].query = texts[r % texts.size()];
  }
  const bool features_stored = !manifest.user_features.empty();
  if (!features_stored) {
    for (GoldenRequest& request : manifest.golden) request.user.reset();
  }
  const FeatureTable none;
  answer_golden(model, features_stored ? dataset.user_features() : none, manifest.golden);
  manifest.files = list_files(staged.path());
  write_bundle_manifest(staged.file("manifest.json"), manifest);
  staged.commit();
}

}  // namespace kaskad
