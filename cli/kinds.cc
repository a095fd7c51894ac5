#include "cli/kinds.h"

#include "kaskad/cooc/cooc_model.h"
#include "kaskad/ranking/gbdt.h"
#include "kaskad/ranking/interact_ranker.h"
#include "kaskad/ranking/neural_ranker.h"
#include "kaskad/ranking/onnx_ranker.h"
#include "kaskad/ranking/query_rankers.h"
#include "kaskad/ranking/simple_rankers.h"
#include "kaskad/retrieval/bm25.h"
#include "kaskad/retrieval/ensemble.h"
#include "kaskad/retrieval/neural.h"
#include "kaskad/retrieval/popularity.h"

namespace kaskad::cli {

void register_kinds() {
  register_popularity();
  register_bm25();
  register_cooc();
  register_neural();
  register_ensemble();
  register_simple_rankers();
  register_query_rankers();
  register_gbdt();
  register_neural_ranker();
  register_onnx_ranker();
  register_interact_ranker();
}

}  // namespace kaskad::cli
