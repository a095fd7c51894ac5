// A ranker on disk: a directory with manifest.json, the id maps, the model's files, a checksum of
// every file, and golden requests whose scores a loaded ranker must reproduce to its
// tolerance() before anybody may use it. The sibling of bundle.h.
//   manifest.json   version, kind, heads, config, hashes, metrics, checksums, golden requests
//   items.* users.* id maps of the dataset that the ranker learned from
//   calibration.json  from scores to probabilities; only where somebody asked for it
//   everything else the model's own
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "kaskad/dataset/impressions.h"
#include "kaskad/model/calibration.h"
#include "kaskad/model/ranker.h"

namespace kaskad {

inline constexpr int kRankerBundleVersion = 1;

// A loaded bundle. Read-only but for `live`, thread-safe.
struct RankerBundle {
  std::string directory;
  std::string manifest_text;  // manifest.json as it is on disk
  std::string kind, created, dataset_hash, split_hash, impressions_hash;
  std::string hash;  // of the config and all files
  TimeKind time_kind = TimeKind::kOrder;
  IdMap items, users;
  std::unique_ptr<Ranker> ranker;
  std::optional<Calibration> calibration;
  // For a ranker that counts items: what came since, filled by who serves it. Null for others.
  std::shared_ptr<LiveItemEvents> live;
};

// `folder` is a bundle, or the folder of a training that holds one as bundle/. Verifies version,
// checksums, id-map hashes and golden requests. Throws Error saying which file or which request
// differs.
RankerBundle load_ranker_bundle(const std::string& folder);

// What write_ranker_bundle() adds to the model's own files.
struct RankerBundleContents {
  const Dataset* dataset = nullptr;
  const Impressions* lists = nullptr;  // golden requests are drawn from them
  std::string split_hash, impressions_hash;
  std::string config_json;   // the model's options
  std::string metrics_json;  // figures, importance of features: an object, for people
  std::map<std::string, std::string> libraries;  // versions of what the model was made with
};

// Writes the model through `save` (it puts its files into the given directory), then id maps,
// golden requests answered by `ranker`, checksums and the manifest; all or nothing. Throws Error
// when the files, read back, do not give the same scores.
void write_ranker_bundle(const std::string& directory, const RankerBundleContents& contents,
                         const Ranker& ranker, const std::function<void(const std::string&)>& save);

// The same ranker with `calibration`, in place of one that it has; all or nothing. `directory` may
// be that of the bundle itself. `figures_json` (an object) becomes metrics.calibration.
void write_calibrated(const std::string& directory, const RankerBundle& bundle,
                      const Calibration& calibration, const std::string& figures_json);

// The same ranker, whose files below `folder` are those of the directory `files` instead; all or
// nothing. Its golden requests are answered anew, by what was written.
void write_with_folder(const std::string& directory, const RankerBundle& bundle,
                       const std::string& folder, const std::string& files);

}  // namespace kaskad
