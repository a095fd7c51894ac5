#include "cli/kinds.h"

#include "kaskad/cooc/cooc_model.h"
#include "kaskad/ranking/ranker_kinds.h"
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
  register_ranker_kinds();
}

}  // namespace kaskad::cli
