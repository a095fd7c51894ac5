#include "kaskad/dataset/ingest.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <numeric>

#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "kaskad/core/option_name.h"
#include "kaskad/dataset/collect_events.h"
#include "kaskad/dataset/dataset_writer.h"

namespace kaskad {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMinRows = 1024, kMaxRows = 1 << 20;  // of a run, of a range

// Rows of `bytes` each that a share of the budget allows at once.
size_t rows_within(uint64_t share, uint64_t bytes) {
  return std::clamp<uint64_t>(share / bytes, kMinRows, kMaxRows);
}

// The output is replaced as a whole, so it must not be somebody's directory of other things.
void check_output(const std::string& output) {
  if (output.empty()) throw Error("no output directory is given");
  const fs::path path(output);
  if (!fs::exists(path)) return;
  if (!fs::is_directory(path)) throw Error("'" + output + "' exists and is not a directory");
  if (fs::is_empty(path)) return;
  if (!fs::exists(path / "manifest.json") || !fs::exists(path / "offsets.u64")) {
    throw Error("'" + output + "' exists and is not a dataset; choose another directory");
  }
}

class Ingest {
 public:
  Ingest(const IngestOptions& options, const Progress& progress)
      : options_(options),
        progress_(progress),
        staged_(options.output),
        item_sources_(open_features(options.item_feature_paths, options.item_table)),
        user_sources_(open_features(options.user_feature_paths, options.user_table)),
        // While a run is sorted there are two of them; the budget holds sixteen.
        events_(staged_.path(), rows_within(options.memory / 16, sizeof(EventRow))) {}

  IngestResult run(const OpenEvents& open) {
    collect(open);
    if (options_.density.any()) {
      group_and_filter();
    } else {
      group(staged_.path());
      keep_all_ids();
    }
    if (options_.cold_items) find_cold_items();
    add_features();
    finish();
    return std::move(result_);
  }

 private:
  void collect(const OpenEvents& open) {
    collect_events(options_, progress_, open, events_);
    result_.sources = std::move(events_.sources);
    result_.rows = events_.rows;
    for (const SourceFile& source : result_.sources) result_.skipped += source.skipped.count;
    result_.low_weight = events_.low_weight;
    result_.zero_action = events_.zero_action;
    result_.time_kind = events_.time_kind;
    result_.actions.assign(events_.actions.names().begin(), events_.actions.names().end());
    if (events_.kept == 0) throw_empty("the weights");
    // A row is held three times while it is sorted: as read, by user, as columns.
    const uint64_t share =
        options_.memory / 4 / static_cast<uint64_t>(std::max(options_.threads, 1));
    events_.runs.finish(rows_within(share, 3 * sizeof(EventRow)));
    result_.spilled_bytes = events_.runs.spilled();
  }

  [[noreturn]] void throw_empty(const std::string& filter) const {
    if (result_.rows == 0) throw Error("'" + options_.paths[0] + "' holds no events");
    throw Error("no event is left of " + std::to_string(result_.rows) + " rows: " + filter +
                " that were asked for exclude all");
  }

  void group(const std::string& directory) {
    writer_ = std::make_unique<DatasetWriter>(directory, events_.has_actions);
    uint64_t written = 0;
    group_events(events_.runs, options_.duplicates, options_.threads, progress_,
                 [&](const HistoryBlock& block) {
                   writer_->append(block.lengths, block.events());
                   written += block.items.size();
                 });
    result_.duplicates = events_.kept - written;
    result_.events = written;
    events_.runs.release();
  }

  void keep_all_ids() {
    contents_.users = events_.users.names();
    contents_.items = events_.items.names();
  }

  // All events are grouped into a dataset of their own, which is then read as often as the
  // filters need: that keeps memory within the ids.
  void group_and_filter() {
    const std::string all = staged_.file("all");
    fs::create_directory(all);
    group(all);
    keep_all_ids();
    contents_.actions = result_.actions;
    writer_->finish(contents_);
    const Dataset data = Dataset::open(all);
    survivors_ = find_survivors(data, options_.density, progress_);
    if (survivors_.events == 0) throw_empty("the density filters");
    result_.sparse_events = data.num_events() - survivors_.events;
    result_.sparse_users = data.num_users() - survivors_.users;
    result_.sparse_items = data.num_items() - survivors_.items;
    result_.events = survivors_.events;
    writer_ = std::make_unique<DatasetWriter>(staged_.path(), events_.has_actions);
    write_survivors(data, survivors_, *writer_);
    contents_.users = surviving(contents_.users, survivors_.user);
    contents_.items = surviving(contents_.items, survivors_.item);
    fs::remove_all(all);
  }

  static std::vector<std::string_view> surviving(const std::vector<std::string_view>& names,
                                                 const std::vector<uint32_t>& new_id) {
    std::vector<std::string_view> kept;
    for (size_t id = 0; id < names.size(); ++id) {
      if (new_id[id] != kDropped) kept.push_back(names[id]);
    }
    return kept;
  }

  static FindId finder(const IdTable& table, const std::vector<uint32_t>& new_id) {
    return [&](std::string_view name) -> std::optional<uint32_t> {
      const std::optional<uint32_t> id = table.find(name);
      if (!id || new_id.empty()) return id;
      return new_id[*id] == kDropped ? std::nullopt : std::optional(new_id[*id]);
    };
  }

  // They come behind the items of the log, in the order of the files. Items that the filters took
  // out are not among them.
  void find_cold_items() {
    TableBatch batch;
    for (const std::string& path : options_.item_feature_paths) {
      const auto table = open_table(path, options_.item_table);
      while (table->next(batch)) {
        for (const std::string_view name : batch.key) {
          uint32_t id = 0;
          if (!events_.items.find(name)) cold_items_.map({&name, 1}, {&id, 1});
        }
      }
    }
    first_cold_item_ = static_cast<uint32_t>(contents_.items.size());
    contents_.items.insert(contents_.items.end(), cold_items_.names().begin(),
                           cold_items_.names().end());
    result_.cold_items = cold_items_.size();
  }

  std::optional<uint32_t> find_item(std::string_view name) const {
    if (const auto warm = finder(events_.items, survivors_.item)(name)) return warm;
    const std::optional<uint32_t> cold = cold_items_.find(name);
    return cold ? std::optional(first_cold_item_ + *cold) : std::nullopt;
  }

  void add_features() {
    const OnError on_error = options_.log.on_error;
    contents_.item_features = gather_features(
        item_sources_, contents_.items.size(),
        [this](std::string_view name) { return find_item(name); }, on_error, result_.item_features);
    contents_.user_features =
        gather_features(user_sources_, contents_.users.size(),
                        finder(events_.users, survivors_.user), on_error, result_.user_features);
  }

  void finish() {
    contents_.time_kind = result_.time_kind;
    contents_.actions = result_.actions;
    result_.users = contents_.users.size();
    result_.items = contents_.items.size();
    contents_.source_json = provenance();
    result_.hash = writer_->finish(contents_);
    staged_.commit();
  }

  std::string provenance() const {
    nlohmann::json result = to_json(result_);
    result.erase("hash");  // not known yet, and in the manifest beside this
    result.erase("seconds");
    const nlohmann::json source = {{"options", to_json(options_)}, {"result", result}};
    return source.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }

  const IngestOptions& options_;
  const Progress& progress_;
  StagedDirectory staged_;
  std::vector<FeatureSource> item_sources_, user_sources_;
  CollectedEvents events_;
  Survivors survivors_;  // empty without density filters
  IdTable cold_items_;
  uint32_t first_cold_item_ = 0;
  std::unique_ptr<DatasetWriter> writer_;
  DatasetContents contents_;
  IngestResult result_;
};

}  // namespace

IngestResult ingest(const IngestOptions& options, const Progress& progress,
                    const OpenEvents& open) {
  if (options.paths.empty()) throw Error("no log file is given");
  if (options.cold_items && options.item_feature_paths.empty()) {
    throw Error(option_name("--cold-items") + " needs " + option_name("--item-features") +
                ", the files that name them");
  }
  check_output(options.output);
  const auto start = std::chrono::steady_clock::now();
  IngestResult result = Ingest(options, progress).run(open);
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace kaskad
