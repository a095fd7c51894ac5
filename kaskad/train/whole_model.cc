#include "kaskad/train/whole_model.h"

#include "kaskad/core/error.h"
#include "kaskad/train/learner.h"
#include "kaskad/train/named_state.h"

namespace kaskad::train {
namespace {

// What a protobuf message, and so an ONNX file, may hold, less room for the rest of the graph.
constexpr int64_t kMostTableBytes = (int64_t{1} << 31) - (int64_t{1} << 26);

Error refused(const std::string& key, const std::string& found, const std::string& expected) {
  return Error("recipe, key '" + key + "': found " + found + ", expected " + expected);
}

}  // namespace

std::shared_ptr<SequenceModel> whole_model(const std::shared_ptr<SequenceModel>& model,
                                           const Recipe& recipe, const Dataset& dataset) {
  ShardedTable* const shards = model->shards();
  if (!shards) return model;
  if (shards->group().rank() != 0) {
    shards->gather({});
    return nullptr;
  }
  std::shared_ptr<SequenceModel> whole = make_model(recipe, dataset);
  NamedTensors alike;
  add_model(*model, alike);
  for (const auto& entry : whole->named_parameters()) {
    const std::string name = "model." + entry.key();
    if (alike.contains(name)) {
      copy_into(alike, name, entry.value());
    } else {
      shards->gather(entry.value());  // the table, which is a share in `model`
    }
  }
  for (const auto& entry : whole->named_buffers()) {
    copy_into(alike, "model." + entry.key(), entry.value());
  }
  return whole;
}

void check_shards(const Recipe& recipe, const Dataset& dataset, const Group* group) {
  if (!recipe.shard_items) return;
  if (!group) {
    throw refused("shard_items", "true in a training of one process",
                  "false, or several processes, which MASTER_ADDR, MASTER_PORT, RANK and "
                  "WORLD_SIZE make one training");
  }
  if (!choose_device(recipe).is_cpu()) {
    throw refused("device", '"' + recipe.device + "\", which is a GPU here",
                  "\"cpu\" with shard_items = true");
  }
  const auto rows = static_cast<int64_t>(dataset.num_items()) + 2;
  const int64_t bytes = rows * recipe.dimension * static_cast<int64_t>(sizeof(float));
  if (bytes > kMostTableBytes) {
    throw refused("dimension",
                  std::to_string(recipe.dimension) + ", which makes a table of " +
                      std::to_string(bytes) + " bytes of " + std::to_string(rows) + " rows",
                  "at most " + std::to_string(kMostTableBytes) +
                      " bytes: the bundle's ONNX file holds the table, and ends at 2 GiB");
  }
}

}  // namespace kaskad::train
