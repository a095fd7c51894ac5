#include "kaskad/train/places.h"

namespace kaskad::train {

Places gather_places(const torch::Tensor& states, const SequenceBatch& batch) {
  const torch::Tensor targets = batch.targets.flatten();
  const torch::Tensor at = torch::nonzero(targets != kNoTarget).flatten();  // ascending
  Places places;
  places.states = states.flatten(0, 1).index_select(0, at);
  places.targets = targets.index_select(0, at);
  places.sequence = torch::div(at, batch.targets.size(1), "floor");
  places.num_sequences = batch.targets.size(0);
  return places;
}

}  // namespace kaskad::train
