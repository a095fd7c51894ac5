#include "kaskad/train/checkpoint.h"

#include <algorithm>
#include <array>
#include <optional>

#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "kaskad/train/share_files.h"

namespace kaskad::train {
namespace {

constexpr const char* kState = "/state.json";
constexpr const char* kTensors = "/tensors.safetensors";

constexpr std::array<std::string_view, 6> kMayDiffer = {"epochs",    "patience", "learning_rate",
                                                        "clip_norm", "threads",  "device"};

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TrainState, epoch, batch, loss_sum, places, examples,
                                   epoch_seconds, seconds, best_epoch, best_ndcg)

void write_files(const std::string& directory, const Checkpoint& checkpoint,
                 const NamedTensors& tensors, int64_t shares) {
  nlohmann::json state = {{"state", nlohmann::json()},
                          {"recipe", checkpoint.identity.recipe},
                          {"dataset_hash", checkpoint.identity.dataset_hash},
                          {"split_hash", checkpoint.identity.split_hash},
                          {"shares", shares}};
  to_json(state["state"], checkpoint.state);
  write_safetensors(directory + kTensors, tensors);
  write_file(directory + kState, state.dump(1) + "\n");
}

}  // namespace

void write_checkpoint(const std::string& directory, const Checkpoint& checkpoint) {
  StagedDirectory staged(directory);
  write_files(staged.path(), checkpoint, checkpoint.tensors, 0);
  staged.commit();
}

void write_shared_checkpoint(const std::string& directory, const Checkpoint& checkpoint,
                             Group& group) {
  std::optional<StagedDirectory> staged;
  if (group.rank() == 0) staged.emplace(directory);
  const std::string path = broadcast_text(group, staged ? staged->path() : "");
  const auto [alike, share] = split_shares(checkpoint.tensors);
  write_share(path, share, group);
  if (staged) write_files(path, checkpoint, alike, group.size());
  wait_for_all(group);  // one that cannot write ends, and the older checkpoint stays
  if (staged) staged->commit();
}

Checkpoint read_checkpoint(const std::string& directory) {
  Checkpoint checkpoint;
  const std::string path = directory + kState;
  try {
    const auto json = nlohmann::json::parse(read_file(path));
    from_json(json.at("state"), checkpoint.state);
    from_json(json.at("recipe"), checkpoint.identity.recipe);
    json.at("dataset_hash").get_to(checkpoint.identity.dataset_hash);
    json.at("split_hash").get_to(checkpoint.identity.split_hash);
    checkpoint.shares = json.value("shares", int64_t{0});
  } catch (const nlohmann::json::exception& fault) {
    throw data_error(path, 0, "", fault.what(), "what `kaskad train` writes");
  }
  checkpoint.tensors = read_safetensors(directory + kTensors);
  return checkpoint;
}

void check_same_run(const TrainIdentity& stored, const TrainIdentity& asked,
                    const std::string& directory) {
  const auto differs = [&](const std::string& what, const std::string& was, const std::string& is) {
    throw Error("'" + directory + "' holds a run with " + what + " = " + was + ", asked is " + is +
                ": only the same run can be resumed; take another output, or leave --resume away "
                "to start again");
  };
  if (stored.dataset_hash != asked.dataset_hash) {
    differs("dataset hash", stored.dataset_hash, asked.dataset_hash);
  }
  if (stored.split_hash != asked.split_hash) {
    differs("split hash", stored.split_hash, asked.split_hash);
  }
  const nlohmann::json was = stored.recipe, is = asked.recipe;
  for (const auto& [key, value] : was.items()) {
    const bool free = std::find(kMayDiffer.begin(), kMayDiffer.end(), key) != kMayDiffer.end();
    if (!free && value != is.at(key)) differs(key, value.dump(), is.at(key).dump());
  }
}

}  // namespace kaskad::train
