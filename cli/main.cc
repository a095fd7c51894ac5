// kaskad: logs in, an honest answer out, the winner served.
#include <cstdio>
#include <exception>

#include "cli/commands.h"
#include "cli/console.h"
#include "cli/kinds.h"
#include "kaskad/core/error.h"

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
  kaskad::cli::add_ensemble(app);
  kaskad::cli::add_eval(app);
  kaskad::cli::add_compare(app);
  kaskad::cli::add_recommend(app);
  kaskad::cli::add_serve(app);
  kaskad::cli::add_bundle(app);
  kaskad::cli::add_export(app);
  kaskad::cli::add_doctor(app);
  kaskad::cli::register_kinds();
  try {
    app.parse(argc, argv);
    return 0;
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  } catch (const kaskad::Error& error) {
    kaskad::cli::say(std::string("error: ") + error.what());
    return 1;
  } catch (const std::exception& error) {
    kaskad::cli::say(std::string("internal error: ") + error.what());
    return 70;
  }
}
