#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "kaskad/core/error.h"
#include "kaskad/core/hash.h"
#include "kaskad/dataset/impressions.h"
#include "kaskad/dataset/manifest.h"

namespace kaskad {
namespace {

using nlohmann::json;

template <typename T>
void add(std::vector<T>& column, std::span<const T> values) {
  column.insert(column.end(), values.begin(), values.end());
}

// In the order of their names.
std::map<std::string, FileEntry> column_files(const std::string& directory) {
  std::map<std::string, FileEntry> files;
  for (const auto& file : std::filesystem::directory_iterator(directory)) {
    const std::string name = file.path().filename().string();
    if (file.path().extension() != ".npy" && !name.starts_with("queries.")) continue;
    files[name] = {file.file_size(), hash_file(file.path().string())};
  }
  return files;
}

std::string content_hash(const ImpressionFacts& facts,
                         const std::map<std::string, FileEntry>& files) {
  Hasher hasher;
  hasher.add("kaskad impressions 1");
  for (const std::string& head : facts.heads) hasher.add(" head " + head);
  for (const std::string& context : facts.contexts) hasher.add(" context " + context);
  for (const auto& [name, entry] : files) hasher.add(" " + name + " " + entry.hash);
  return hasher.hex();
}

json facts_json(const ImpressionFacts& facts) {
  return {{"format", "kaskad impressions"},
          {"version", kImpressionsVersion},
          {"part", facts.part},
          {"heads", facts.heads},
          {"contexts", facts.contexts},
          {"dataset_hash", facts.dataset_hash},
          {"split", facts.split},
          {"split_hash", facts.split_hash},
          {"full_catalogue", facts.full_catalogue},
          {"time", time_kind_name(facts.time_kind)},
          {"source", json::parse(facts.source_json)}};
}

}  // namespace

void ImpressionWriter::append(const ImpressionList& list) {
  const size_t count = list.size();
  KASKAD_ASSERT(list.scores.size() == count && list.ranks.size() == count);
  KASKAD_ASSERT(list.labels.size() == count * heads_ && list.missed.size() == heads_);
  KASKAD_ASSERT(list.context.size() == count * contexts_);
  KASKAD_ASSERT(list.positions.empty() || list.positions.size() == count);
  user_.push_back(list.user);
  time_.push_back(list.time);
  history_end_.push_back(list.history_end);
  add(missed_, list.missed);
  add(item_, list.items);
  add(score_, list.scores);
  add(rank_, list.ranks);
  add(position_, list.positions);
  add(label_, list.labels);
  add(context_, list.context);
  query_.push_back(list.query);
  if (list.query != kNoQuery) {
    queries_end_ = std::max(queries_end_, static_cast<uint32_t>(list.query) + 1);
  }
  offsets_.push_back(item_.size());
}

void ImpressionWriter::write_columns(const std::string& directory,
                                     std::span<const uint32_t> known_end) const {
  const size_t lists = user_.size(), candidates = item_.size();
  const auto path = [&](const char* name) { return directory + "/" + name + ".npy"; };
  write_npy(path("known_end"), known_end);
  write_npy(path("user"), user_);
  write_npy(path("time"), time_);
  write_npy(path("history_end"), history_end_);
  write_npy(path("missed"), missed_, {lists, heads_});
  write_npy(path("offsets"), offsets_);
  write_npy(path("item"), item_);
  write_npy(path("score"), score_);
  write_npy(path("rank"), rank_);
  if (!position_.empty()) write_npy(path("position"), position_);
  write_npy(path("label"), label_, {candidates, heads_});
  if (contexts_ > 0) write_npy(path("context"), context_, {candidates, contexts_});
}

std::string ImpressionWriter::finish(const std::string& directory,
                                     std::span<const uint32_t> known_end,
                                     const ImpressionFacts& facts,
                                     std::span<const std::string_view> queries) const {
  KASKAD_ASSERT(facts.heads.size() == heads_ && facts.contexts.size() == contexts_);
  KASKAD_ASSERT(queries_end_ <= queries.size());
  KASKAD_ASSERT(position_.empty() || position_.size() == item_.size());
  write_columns(directory, known_end);
  if (!queries.empty()) {
    write_npy(directory + "/query.npy", query_);
    write_id_map(directory, "queries", queries);
  }
  const auto files = column_files(directory);
  json root = facts_json(facts);
  root["lists"] = user_.size();
  root["candidates"] = item_.size();
  root["positions"] = !position_.empty();
  root["queries"] = queries.size();
  root["hash"] = content_hash(facts, files);
  for (const auto& [name, entry] : files) {
    root["files"][name] = {{"bytes", entry.bytes}, {"hash", entry.hash}};
  }
  write_file(directory + "/manifest.json",
             root.dump(1, ' ', false, json::error_handler_t::replace) + "\n");
  return root["hash"];
}

}  // namespace kaskad
