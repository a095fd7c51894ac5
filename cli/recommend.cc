// kaskad recommend: the top-k lists of all users of a bundle (or of its items), as a file.
#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/bundle_note.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/list_file.h"
#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "kaskad/core/parallel.h"
#include "kaskad/model/bundle.h"

namespace kaskad::cli {
namespace {

constexpr size_t kChunkLists = 256;
constexpr size_t kChunksARound = 32;  // a thread; what is held in memory between writes

struct RecommendFlags {
  std::string bundle, output, users;
  size_t k = 10;
  int threads = 0;
  bool item_to_item = false, with_seen = false, json = false;
};

// The ids of one column of text, a line each; line ends of Windows too.
std::vector<UserId> read_users(const std::string& path, const Bundle& bundle) {
  const std::string text = read_file(path);
  std::vector<UserId> users;
  std::string_view rest = text;
  for (size_t line = 1; !rest.empty(); ++line) {
    std::string_view id = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), id.size() + 1));
    if (id.ends_with('\r')) id.remove_suffix(1);
    if (id.empty()) continue;
    const auto user = bundle.users.find(id);
    if (!user) {
      throw data_error(path, line, "", "'" + std::string(id) + "'", "a user of the bundle");
    }
    users.push_back(UserId{*user});
  }
  if (users.empty()) throw data_error(path, 0, "", "no user", "an id on each line");
  return users;
}

std::vector<UserId> all_users(const Bundle& bundle) {
  std::vector<UserId> users(bundle.users.size());
  for (uint32_t user = 0; user < users.size(); ++user) users[user] = UserId{user};
  return users;
}

// Fills the lists [first, first + chunk.keys.size()) of the whole answer.
using FillChunk = std::function<void(size_t first, ListChunk& chunk)>;

FillChunk user_lists(const Bundle& bundle, const std::vector<UserId>& users, bool exclude_seen) {
  return [&bundle, &users, exclude_seen](size_t first, ListChunk& chunk) {
    std::vector<Query> queries(chunk.keys.size());
    for (size_t i = 0; i < queries.size(); ++i) {
      const UserId user = users[first + i];
      chunk.keys[i] = bundle.users.name(index(user));
      queries[i] = bundle.query(user);
      queries[i].exclude_seen = exclude_seen;
    }
    bundle.retriever->retrieve(queries, chunk.k, chunk.rows);
  };
}

FillChunk item_lists(const Bundle& bundle) {
  return [&bundle](size_t first, ListChunk& chunk) {
    for (size_t i = 0; i < chunk.keys.size(); ++i) {
      const ItemId item{static_cast<uint32_t>(first + i)};
      chunk.keys[i] = bundle.items.name(index(item));
      const auto similar = bundle.retriever->similar(item, chunk.k);
      std::copy(similar.begin(), similar.end(), chunk.rows.begin() + i * chunk.k);
    }
  };
}

// Rounds of chunks: filled and prepared by all threads, appended in order. Returns the rows.
size_t write_lists(size_t count, size_t k, int threads, const FillChunk& fill, ListFile& file) {
  const Progress progress = console_progress();
  const size_t round = kChunkLists * kChunksARound * static_cast<size_t>(threads);
  size_t rows = 0;
  for (size_t begin = 0; begin < count; begin += round) {
    const size_t lists = std::min(round, count - begin);
    std::vector<std::unique_ptr<ListFile::Prepared>> prepared((lists + kChunkLists - 1) /
                                                              kChunkLists);
    parallel_for(prepared.size(), threads, [&](size_t c, int) {
      ListChunk chunk;
      chunk.k = k;
      chunk.keys.resize(std::min(kChunkLists, lists - c * kChunkLists));
      chunk.rows.resize(chunk.keys.size() * k);
      fill(begin + c * kChunkLists, chunk);
      prepared[c] = file.prepare(chunk);
    });
    for (const auto& part : prepared) {
      file.append(*part);
      rows += part->rows;
    }
    report(progress, {"writing lists", begin + lists, count, ""});
  }
  file.finish();
  end_progress();
  return rows;
}

void run_recommend(const RecommendFlags& flags) {
  const Bundle bundle = load_bundle(flags.bundle);
  note_if_fitted_for_test(bundle);
  const int threads = flags.threads > 0 ? flags.threads : default_threads();
  const auto began = std::chrono::steady_clock::now();

  ListFormat format{flags.output, "user_id", "item_id",
                    [&](ItemId item) { return bundle.items.name(index(item)); }};
  std::vector<UserId> users;
  if (flags.item_to_item) {
    format.key_column = "item_id";
    format.item_column = "similar_item_id";
  } else if (bundle.users.size() == 0) {
    throw Error("bundle '" + flags.bundle + "' stores no users; --item-to-item needs none");
  } else {
    users = flags.users.empty() ? all_users(bundle) : read_users(flags.users, bundle);
  }
  const size_t lists = flags.item_to_item ? bundle.items.size() : users.size();
  const FillChunk fill =
      flags.item_to_item ? item_lists(bundle) : user_lists(bundle, users, !flags.with_seen);
  const auto file = create_list_file(format);
  const size_t rows = write_lists(lists, flags.k, threads, fill, *file);

  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  if (flags.json) {
    print_json({{"output", flags.output},
                {"lists", lists},
                {"rows", rows},
                {"seconds", seconds},
                {"model", bundle.kind},
                {"bundle_hash", bundle.hash}});
  } else {
    say(flags.output + ": " + std::to_string(rows) + " rows for " + std::to_string(lists) +
        (flags.item_to_item ? " items" : " users") + " in " + std::to_string(seconds) + " s");
  }
}

}  // namespace

void add_recommend(CLI::App& app) {
  auto flags = std::make_shared<RecommendFlags>();
  CLI::App* command = app.add_subcommand(
      "recommend", "Write the top-k items of all users of a bundle, as CSV, TSV or Parquet");
  command->footer(
      "Examples:\n"
      "  kaskad recommend --bundle runs/grid/winner --k 10 -o recs.csv\n"
      "  kaskad recommend --bundle runs/grid/winner --item-to-item -o similar.parquet");
  command->add_option("--bundle", flags->bundle, "Directory of the bundle")->required();
  command
      ->add_option("-o,--output", flags->output,
                   "File ending in .csv, .tsv or .parquet: user_id, item_id, score, rank")
      ->required();
  command->add_option("--k", flags->k, "Items a list")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  command->add_option("--users", flags->users, "Only these users: a file with an id on each line");
  command->add_flag("--item-to-item", flags->item_to_item,
                    "Items most like each item instead: item_id, similar_item_id, score, rank");
  command->add_flag("--with-seen", flags->with_seen, "Do not leave out the items of the history");
  command->add_option("--threads", flags->threads, "0: one per CPU")->check(CLI::Range(0, 1024));
  command->add_flag("--json", flags->json, "One JSON object on standard output");
  command->callback([flags] { run_recommend(*flags); });
}

}  // namespace kaskad::cli
