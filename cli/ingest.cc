// kaskad ingest: log files -> a dataset directory, and what it looks like.
#include "kaskad/dataset/ingest.h"

#include <stdlib.h>

#include <cerrno>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/console.h"
#include "cli/describe_text.h"
#include "cli/ingest_options.h"
#include "cli/ingest_summary.h"
#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "kaskad/core/memory.h"
#include "kaskad/dataset/describe.h"
#include "kaskad/report/describe_page.h"

namespace kaskad::cli {
namespace {

namespace fs = std::filesystem;

// For a look at a log without keeping the dataset.
class ScratchDirectory {
 public:
  ScratchDirectory() : path_((fs::temp_directory_path() / "kaskad-XXXXXX").string()) {
    if (!mkdtemp(path_.data())) throw system_error("create", path_, errno);
  }
  ~ScratchDirectory() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;

  std::string dataset() const { return path_ + "/dataset"; }

 private:
  std::string path_;
};

// `name` is what the user calls it.
void show_description(const std::string& directory, const std::string& name,
                      const IngestFlags& flags, nlohmann::json& output) {
  Description description = describe(Dataset::open(directory), console_progress());
  description.directory = name;
  end_progress();
  const nlohmann::json as_json = to_json(description);
  if (!flags.report_path.empty()) {
    write_file(flags.report_path, describe_page(as_json));
    say("page written to " + flags.report_path);
  }
  if (flags.describe && !flags.json) std::cout << describe_text(description);
  if (flags.json) output["description"] = as_json;
}

void ingest_logs(const IngestOptions& options, const std::string& name, const IngestFlags& flags,
                 nlohmann::json& output) {
  const IngestResult result = ingest(options, console_progress());
  end_progress();
  output = to_json(result);
  output["dataset"] = options.output;
  output["peak_memory_bytes"] = peak_memory();
  if (!flags.json) say(ingest_summary(name, result));
}

void run_ingest(IngestFlags& flags) {
  IngestOptions options = flags.read();
  const bool shows = flags.describe || !flags.report_path.empty();
  nlohmann::json output = nlohmann::json::object();
  if (!options.output.empty()) {
    ingest_logs(options, options.output, flags, output);
    if (shows) show_description(options.output, options.output, flags, output);
  } else if (!shows) {
    throw Error("ingest: where to? Give -o DIR, or only look with --describe");
  } else if (options.paths.size() == 1 && fs::is_directory(options.paths[0])) {
    show_description(options.paths[0], options.paths[0], flags, output);
  } else {
    const ScratchDirectory scratch;
    options.output = scratch.dataset();
    ingest_logs(options, options.paths[0], flags, output);
    output.erase("dataset");
    show_description(options.output, options.paths[0], flags, output);
  }
  if (flags.json) print_json(output);
}

}  // namespace

void add_ingest(CLI::App& app) {
  auto flags = std::make_shared<IngestFlags>();
  CLI::App* verb = app.add_subcommand(
      "ingest",
      "Turn log files into a dataset, and show what they look like.\n\n"
      "  kaskad ingest ratings.csv.gz -o data --describe\n"
      "  kaskad ingest a.parquet b.parquet -o data --k-core 5 --item-features items.csv\n"
      "  kaskad ingest data --describe --report data.html\n");
  flags->add_to(verb);
  verb->callback([flags] { run_ingest(*flags); });
}

}  // namespace kaskad::cli
