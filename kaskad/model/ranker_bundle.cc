#include "kaskad/model/ranker_bundle.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "kaskad/core/error.h"
#include "kaskad/core/hash.h"
#include "kaskad/core/utc.h"
#include "kaskad/model/bundle_manifest.h"
#include "kaskad/model/golden_ranking.h"

namespace kaskad {
namespace {

using nlohmann::json;

json parse_part(const std::string& text) {
  return text.empty() ? json::object() : json::parse(text);
}

json heads_json(const std::vector<Head>& heads) {
  json list = json::array();
  for (const Head& head : heads) list.push_back({{"name", head.name}, {"weight", head.weight}});
  return list;
}

std::vector<Head> heads_of(const json& list) {
  std::vector<Head> heads;
  for (const json& head : list) heads.push_back({head.at("name"), head.at("weight")});
  return heads;
}

std::string hash_of(const json& manifest) {
  Hasher hasher;
  hasher.add("kaskad ranker " + manifest.at("kind").get<std::string>() + " " +
             manifest.at("heads").dump() + manifest.at("config").dump());
  for (const auto& [name, file] : manifest.at("files").items()) {
    hasher.add("\n" + name + " " + file.at("hash").get<std::string>());
  }
  return hasher.hex();
}

json parse_manifest(const std::string& directory, const std::string& text) {
  const std::string path = directory + "/manifest.json";
  json root;
  try {
    root = json::parse(text);
  } catch (const json::exception& fault) {
    throw Error("'" + path + "' is damaged: " + fault.what());
  }
  const json format = root.is_object() ? root.value("format", json()) : json();
  if (format == "kaskad bundle") {
    throw Error("'" + directory + "' is the bundle of a retriever, expected that of a ranker");
  }
  if (format != "kaskad ranker") throw Error("'" + path + "' is not the manifest of a ranker");
  if (root.value("version", json()) != kRankerBundleVersion) {
    throw data_error(path, 0, "version", root.value("version", json()).dump(),
                     std::to_string(kRankerBundleVersion) + "; train the ranker again");
  }
  return root;
}

constexpr const char* kCalibrationFile = "calibration.json";

// Named here: a damaged manifest is another error.
std::optional<Calibration> load_calibration(const std::string& directory, const json& manifest) {
  if (!manifest.at("files").contains(kCalibrationFile)) return std::nullopt;
  const std::string path = directory + "/" + kCalibrationFile;
  Calibration calibration;
  try {
    json::parse(read_file(path)).get_to(calibration);
  } catch (const json::exception& fault) {
    throw Error("'" + path + "' is damaged: " + fault.what());
  }
  const size_t heads = manifest.at("heads").size();
  if (calibration.heads.size() != heads) {
    throw data_error(path, 0, "heads", std::to_string(calibration.heads.size()) + " curves",
                     std::to_string(heads) + ", one a head");
  }
  return calibration;
}

void write_manifest(const std::string& path, const json& root) {
  write_file(path, root.dump(1, ' ', false, json::error_handler_t::replace) + "\n");
}

IdMap load_ids(const std::string& directory, const std::string& name, const json& expected) {
  IdMap ids(directory, name);
  if (ids.hash() != expected.get<std::string>()) {
    throw Error("the ids of '" + directory + "/" + name +
                ".bytes' are not those that the ranker was made for");
  }
  return ids;
}

void load_model(RankerBundle& bundle, const json& root) {
  const std::string& directory = bundle.directory;
  bundle.ranker =
      load_ranker(bundle.kind, directory, root.at("config").dump(), heads_of(root.at("heads")));
  if (bundle.ranker->num_items() != bundle.items.size()) {
    throw data_error(directory, 0, "",
                     "a ranker of " + std::to_string(bundle.ranker->num_items()) + " items",
                     std::to_string(bundle.items.size()));
  }
  if (const auto until = bundle.ranker->counted_until()) {
    bundle.live = std::make_shared<LiveItemEvents>(*until);
  }
  const auto golden = golden_rankings_from_json(root.at("golden"));
  const size_t contexts = bundle.ranker->context_names().size();
  for (const GoldenRanking& one : golden) {
    if (contexts == 0 || one.context.size() == contexts * one.candidates.size()) continue;
    throw Error("'" + directory + "/manifest.json' is damaged: the context of a golden list does " +
                "not fit its candidates");
  }
  verify_golden(*bundle.ranker, golden, "ranker '" + directory + "'");
}

// Its files, but for those that `left_out` is true of.
template <typename LeftOut>
void copy_files(const RankerBundle& bundle, const json& manifest, const LeftOut& left_out,
                const StagedDirectory& staged) {
  for (const auto& [name, file] : manifest.at("files").items()) {
    if (left_out(name)) continue;
    const std::filesystem::path to = staged.file(name);
    std::filesystem::create_directories(to.parent_path());
    std::filesystem::copy_file(bundle.directory + "/" + name, to);
  }
}

}  // namespace

RankerBundle load_ranker_bundle(const std::string& folder) {
  const std::string inner = folder + "/bundle";
  const std::string directory = std::filesystem::exists(inner + "/manifest.json") ? inner : folder;
  const std::string path = directory + "/manifest.json";
  if (!std::filesystem::exists(path)) {
    throw Error("'" + directory + "' is no ranker: it has no manifest.json; " +
                "'kaskad train-ranker' writes rankers");
  }
  RankerBundle bundle;
  bundle.directory = directory;
  bundle.manifest_text = read_file(path);
  const json root = parse_manifest(directory, bundle.manifest_text);
  try {
    verify_files(directory, root.at("files").get<std::map<std::string, BundleFile>>());
    root.at("kind").get_to(bundle.kind);
    root.at("created").get_to(bundle.created);
    root.at("dataset_hash").get_to(bundle.dataset_hash);
    root.at("split_hash").get_to(bundle.split_hash);
    root.at("impressions_hash").get_to(bundle.impressions_hash);
    bundle.time_kind = root.at("time") == "clock" ? TimeKind::kClock : TimeKind::kOrder;
    bundle.hash = hash_of(root);
    bundle.items = load_ids(directory, "items", root.at("items_hash"));
    bundle.users = load_ids(directory, "users", root.at("users_hash"));
    bundle.calibration = load_calibration(directory, root);
    load_model(bundle, root);
  } catch (const json::exception& fault) {
    throw Error("'" + path + "' is damaged: " + fault.what());
  }
  return bundle;
}

void write_ranker_bundle(const std::string& directory, const RankerBundleContents& contents,
                         const Ranker& ranker,
                         const std::function<void(const std::string&)>& save) {
  const Dataset& dataset = *contents.dataset;
  KASKAD_ASSERT(ranker.num_items() == dataset.num_items());
  auto golden = choose_golden_rankings(dataset, *contents.lists);
  answer_golden(ranker, golden);
  auto libraries = contents.libraries;
  libraries.emplace("kaskad", KASKAD_VERSION);
  libraries.emplace("compiler", __VERSION__);

  StagedDirectory staged(directory);
  save(staged.path());
  const json config = parse_part(contents.config_json);
  verify_golden(*load_ranker(ranker.kind(), staged.path(), config.dump(), ranker.heads()), golden,
                "ranker '" + directory + "' as it was saved");
  write_id_map(staged.path(), "items", dataset.items());
  write_id_map(staged.path(), "users", dataset.users());
  const json root = {{"format", "kaskad ranker"},
                     {"version", kRankerBundleVersion},
                     {"kind", ranker.kind()},
                     {"created", now_utc()},
                     {"heads", heads_json(ranker.heads())},
                     {"dataset_hash", dataset.hash()},
                     {"split_hash", contents.split_hash},
                     {"impressions_hash", contents.impressions_hash},
                     {"items_hash", IdMap(staged.path(), "items").hash()},
                     {"users_hash", IdMap(staged.path(), "users").hash()},
                     {"time", dataset.time_kind() == TimeKind::kClock ? "clock" : "order"},
                     {"config", config},
                     {"metrics", parse_part(contents.metrics_json)},
                     {"libraries", libraries},
                     {"files", list_files(staged.path())},
                     {"golden", golden_to_json(golden)}};
  write_manifest(staged.file("manifest.json"), root);
  staged.commit();
}

void write_calibrated(const std::string& directory, const RankerBundle& bundle,
                      const Calibration& calibration, const std::string& figures_json) {
  KASKAD_ASSERT(calibration.heads.size() == bundle.ranker->heads().size());
  json root = json::parse(bundle.manifest_text);
  StagedDirectory staged(directory);
  copy_files(bundle, root, [](const auto& name) { return name == kCalibrationFile; }, staged);
  write_file(staged.file(kCalibrationFile), json(calibration).dump(1) + "\n");
  root["files"] = list_files(staged.path());
  root["metrics"]["calibration"] = parse_part(figures_json);
  write_manifest(staged.file("manifest.json"), root);
  staged.commit();
}

void write_with_folder(const std::string& directory, const RankerBundle& bundle,
                       const std::string& folder, const std::string& files) {
  json root = json::parse(bundle.manifest_text);
  StagedDirectory staged(directory);
  copy_files(
      bundle, root, [&](const auto& name) { return name.starts_with(folder + "/"); }, staged);
  std::filesystem::copy(files, staged.file(folder), std::filesystem::copy_options::recursive);
  const auto ranker =
      load_ranker(bundle.kind, staged.path(), root.at("config").dump(), bundle.ranker->heads());
  auto golden = golden_rankings_from_json(root.at("golden"));
  answer_golden(*ranker, golden);
  root["golden"] = golden_to_json(golden);
  root["files"] = list_files(staged.path());
  write_manifest(staged.file("manifest.json"), root);
  staged.commit();
}

}  // namespace kaskad
