// kaskad: logs in, an honest answer out, the winner served.
#include "cli/commands.h"
#include "cli/kinds.h"
#include "cli/run_program.h"

int main(int argc, char** argv) {
  CLI::App app{
      "kaskad: takes interaction logs in, says which method wins on them and by how much, and\n"
      "serves the winner.\n\n"
      "  kaskad ingest ratings.csv -o data\n"
      "  kaskad grid data -o runs/grid\n"
      "  kaskad serve --bundle runs/grid/winner"};
  app.name("kaskad");
  app.require_subcommand(1);
  app.set_version_flag("--version", KASKAD_VERSION);
  kaskad::cli::add_ingest(app);
  kaskad::cli::add_split(app);
  kaskad::cli::add_grid(app);
  kaskad::cli::add_train(app);
  kaskad::cli::add_popularity(app);
  kaskad::cli::add_text_index(app);
  kaskad::cli::add_ensemble(app);
  kaskad::cli::add_eval(app);
  kaskad::cli::add_make_impressions(app);
  kaskad::cli::add_count(app);
  kaskad::cli::add_import(app);
  kaskad::cli::add_train_ranker(app);
  kaskad::cli::add_calibrate(app);
  kaskad::cli::add_recount(app);
  kaskad::cli::add_eval_ranker(app);
  kaskad::cli::add_compare(app);
  kaskad::cli::add_ablate(app);
  kaskad::cli::add_recommend(app);
  kaskad::cli::add_check(app);
  kaskad::cli::add_serve(app);
  kaskad::cli::add_events(app);
  kaskad::cli::add_bundle(app);
  kaskad::cli::add_export(app);
  kaskad::cli::add_bench(app);
  kaskad::cli::add_simulate(app);
  kaskad::cli::add_ab(app);
  kaskad::cli::add_doctor(app);
  kaskad::cli::register_kinds();
  return kaskad::cli::run_program(app, argc, argv);
}
