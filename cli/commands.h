// The verbs of the command line, one file each. A verb adds itself to the app with its options
// and a callback; what it returns to the shell is decided in main.cc alone.
#pragma once

#include <CLI/CLI.hpp>

namespace kaskad::cli {

// One line a verb, in the order of a user's first day.

void add_ingest(CLI::App& app);
void add_split(CLI::App& app);
void add_grid(CLI::App& app);
void add_train(CLI::App& app);
void add_popularity(CLI::App& app);
void add_text_index(CLI::App& app);
void add_ensemble(CLI::App& app);
void add_eval(CLI::App& app);
void add_make_impressions(CLI::App& app);
void add_count(CLI::App& app);
void add_import(CLI::App& app);
void add_train_ranker(CLI::App& app);
void add_calibrate(CLI::App& app);
void add_recount(CLI::App& app);
void add_eval_ranker(CLI::App& app);
void add_compare(CLI::App& app);
void add_ablate(CLI::App& app);
void add_recommend(CLI::App& app);
void add_check(CLI::App& app);
void add_serve(CLI::App& app);
void add_events(CLI::App& app);
void add_bundle(CLI::App& app);
void add_export(CLI::App& app);
void add_bench(CLI::App& app);
void add_simulate(CLI::App& app);
void add_ab(CLI::App& app);
void add_doctor(CLI::App& app);

}  // namespace kaskad::cli
