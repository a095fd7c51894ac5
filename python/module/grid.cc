// The search for the best matrix, and its page.
#include "kaskad/grid/grid.h"

#include <nanobind/stl/string.h>

#include <nlohmann/json.hpp>
#include <string>

#include "bindings.h"
#include "kaskad/core/directory_lock.h"
#include "kaskad/core/file.h"
#include "kaskad/core/memory.h"
#include "kaskad/core/utc.h"
#include "kaskad/report/grid_page.h"
#include "work.h"

namespace kaskad::python {
namespace {

// What run_grid() finds, as `kaskad grid` writes it into the directory; returns grid.json.
std::string search_grid(const Dataset& dataset, const Split& split, const std::string& directory,
                        const std::string& space, double budget_seconds, int refinements,
                        size_t max_cases, bool blend, bool whole_log, uint64_t memory,
                        size_t resamples, uint64_t seed, int threads,
                        const nanobind::object& progress) {
  GridOptions options;
  options.directory = directory;
  options.space_toml = space;
  options.search.scorer = {.threads = threads, .memory = memory, .max_cases = max_cases};
  options.search.budget_seconds = budget_seconds;
  options.search.refinements = refinements;
  options.search.seed = seed;
  options.blend = blend;
  options.whole_log = whole_log;
  options.bootstrap = {.resamples = resamples, .seed = seed, .threads = threads};
  return work_result(progress, [&](const Progress& shown) {
    const DirectoryLock lock(directory);
    const GridResult result = run_grid(dataset, split, options, shown);
    nlohmann::json grid = grid_json(result, dataset, split, options, "kaskad.grid");
    grid["kaskad"] = KASKAD_VERSION;
    grid["created"] = now_utc();
    grid["peak_memory_bytes"] = peak_memory();
    write_grid_files(directory, result, grid);
    write_file(directory + "/report.html", grid_page(grid));
    return grid.dump();
  });
}

}  // namespace

void bind_grid(nanobind::module_& module) {
  namespace nb = nanobind;
  module.def("grid", &search_grid, nb::arg("dataset"), nb::arg("split"), nb::arg("directory"),
             nb::arg("space"), nb::arg("budget_seconds"), nb::arg("refinements"),
             nb::arg("max_cases"), nb::arg("blend"), nb::arg("whole_log"), nb::arg("memory"),
             nb::arg("resamples"), nb::arg("seed"), nb::arg("threads"), nb::arg("progress").none());
}

}  // namespace kaskad::python
