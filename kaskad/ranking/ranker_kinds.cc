#include "kaskad/ranking/ranker_kinds.h"

#include "kaskad/ranking/gbdt.h"
#include "kaskad/ranking/interact_ranker.h"
#include "kaskad/ranking/neural_ranker.h"
#include "kaskad/ranking/onnx_ranker.h"
#include "kaskad/ranking/query_rankers.h"
#include "kaskad/ranking/simple_rankers.h"

namespace kaskad {

void register_ranker_kinds() {
  register_simple_rankers();
  register_query_rankers();
  register_gbdt();
  register_neural_ranker();
  register_onnx_ranker();
  register_interact_ranker();
}

}  // namespace kaskad
