#include "kaskad/train/softmax_loss.h"

#include "kaskad/train/loss_tiles.h"

namespace kaskad::train {
namespace {

// The target is among the candidates, so its own score only enters with gradient -1.
class FullSoftmaxTile : public TileLoss {
 public:
  TileGradient operator()(const Tile& tile) const override {
    const torch::Tensor log_sum = softmax_in_place(tile.scores);
    return {log_sum - tile.positive, torch::full_like(tile.positive, -1), {}};
  }
};

}  // namespace

torch::Tensor SoftmaxLoss::operator()(const Places& places, SequenceModel& model) {
  const Scoring scoring{
      places.states, model.all_item_vectors(), places.targets, {}, one_set(places)};
  return tiled_mean(scoring, FullSoftmaxTile());
}

}  // namespace kaskad::train
