// kaskad._kaskad: the engine for Python. Arrays and JSON texts in and out; frames, ids and names
// that people know are made of them in kaskad/*.py.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include "bindings.h"
#include "kaskad/cooc/cooc_model.h"
#include "kaskad/core/error.h"
#include "kaskad/core/memory.h"
#include "kaskad/core/option_name.h"
#include "kaskad/core/parallel.h"
#include "kaskad/retrieval/bm25.h"
#include "kaskad/retrieval/ensemble.h"
#include "kaskad/retrieval/neural.h"
#include "kaskad/retrieval/popularity.h"

NB_MODULE(_kaskad, module) {
  namespace nb = nanobind;
  using namespace kaskad;
  module.doc() = "The engine of kaskad, as the package kaskad uses it.";
  module.attr("VERSION") = KASKAD_VERSION;
  // What kaskad-train beside it is linked with; empty where it was built without.
  module.attr("TORCH_VERSION") = KASKAD_TORCH_VERSION;
  nb::exception<Error>(module, "Error").doc() =
      "Wrong input, with what was found, where, and what was expected.";

  name_options_as(OptionStyle::kArgument);
  register_popularity();
  register_bm25();
  register_cooc();
  register_neural();
  register_ensemble();

  module.def("default_threads", &default_threads, "CPUs that this process may run on.");
  module.def("peak_memory", &peak_memory, "Most bytes that this process has held.");
  python::bind_dataset(module);
  python::bind_splits(module);
  python::bind_models(module);
  python::bind_evaluation(module);
  python::bind_grid(module);
  python::bind_impressions(module);
  python::bind_rankers(module);
}
