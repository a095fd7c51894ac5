#include "cli/kinds.h"

#include "kaskad/cooc/cooc_model.h"
#include "kaskad/retrieval/ensemble.h"
#include "kaskad/retrieval/neural.h"
#include "kaskad/retrieval/popularity.h"

namespace kaskad::cli {

void register_kinds() {
  register_popularity();
  register_cooc();
  register_neural();
  register_ensemble();
}

}  // namespace kaskad::cli
