#include "kaskad/dataset/impressions.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "kaskad/core/error.h"
#include "kaskad/core/hash.h"
#include "kaskad/dataset/manifest.h"

namespace kaskad {
namespace {

using nlohmann::json;

json parse_manifest(const std::string& directory) {
  const std::string path = directory + "/manifest.json";
  if (!std::filesystem::exists(path)) {
    throw Error("'" + directory + "' holds no impressions: it has no manifest.json; " +
                "'kaskad make-impressions' writes them");
  }
  json root;
  try {
    root = json::parse(read_file(path));
  } catch (const json::exception& fault) {
    throw Error("'" + path + "' is damaged: " + fault.what());
  }
  if (!root.is_object() || root.value("format", json()) != "kaskad impressions") {
    throw Error("'" + path + "' is not the manifest of impressions");
  }
  const json version = root.value("version", json());
  if (version != 1 && version != kImpressionsVersion) {
    throw data_error(
        path, 0, "version", version.dump(),
        "1 to " + std::to_string(kImpressionsVersion) + "; make the impressions again");
  }
  return root;
}

void verify_columns(const std::string& directory, const json& files) {
  for (const auto& [name, entry] : files.items()) {
    const std::string path = directory + "/" + name;
    std::error_code failure;
    const uint64_t bytes = std::filesystem::file_size(path, failure);
    if (failure) throw system_error("read", path, failure.value());
    const auto expected = entry.at("bytes").get<uint64_t>();
    if (bytes != expected) {
      throw Error("'" + path + "' is damaged: found " + std::to_string(bytes) +
                  " bytes, expected " + std::to_string(expected));
    }
    if (hash_file(path) != entry.at("hash").get<std::string>()) {
      throw Error("'" + path + "' is damaged: its checksum is not the one in manifest.json");
    }
  }
}

ImpressionFacts facts_of(const json& root) {
  ImpressionFacts facts;
  root.at("part").get_to(facts.part);
  root.at("heads").get_to(facts.heads);
  root.at("contexts").get_to(facts.contexts);
  root.at("dataset_hash").get_to(facts.dataset_hash);
  root.at("split").get_to(facts.split);
  root.at("split_hash").get_to(facts.split_hash);
  root.at("full_catalogue").get_to(facts.full_catalogue);
  // Version 1 does not say; lists without a clock could not be told from others.
  if (root.value("time", "clock") == time_kind_name(TimeKind::kOrder)) {
    facts.time_kind = TimeKind::kOrder;
  }
  facts.source_json = root.at("source").dump();
  return facts;
}

}  // namespace

Impressions Impressions::open(const std::string& directory) {
  const json root = parse_manifest(directory);
  Impressions lists;
  lists.directory_ = directory;
  bool positions = false;
  size_t queries = 0;
  try {
    lists.facts_ = facts_of(root);
    root.at("hash").get_to(lists.hash_);
    root.at("positions").get_to(positions);
    queries = root.value("queries", size_t{0});  // version 1 has none
    verify_columns(directory, root.at("files"));
  } catch (const json::exception& fault) {
    throw Error("'" + directory + "/manifest.json' is damaged: " + fault.what());
  }
  const auto map = [&]<typename T>(const char* name, NpyFile<T>& column) {
    column = NpyFile<T>(directory + "/" + name + ".npy");
  };
  map("known_end", lists.known_end_);
  map("user", lists.user_);
  map("time", lists.time_);
  map("history_end", lists.history_end_);
  map("missed", lists.missed_);
  map("offsets", lists.offsets_);
  map("item", lists.item_);
  map("score", lists.score_);
  map("rank", lists.rank_);
  if (positions) map("position", lists.position_);
  map("label", lists.label_);
  if (!lists.facts_.contexts.empty()) map("context", lists.context_);
  if (queries > 0) {
    map("query", lists.query_);
    lists.queries_ = IdMap(directory, "queries");
  }
  lists.check();
  return lists;
}

void Impressions::check() const {
  const size_t lists = user_.size(), candidates = item_.size();
  const auto offsets = offsets_.values();
  const bool fits = num_heads() > 0 && offsets.size() == lists + 1 && offsets.front() == 0 &&
                    offsets.back() == candidates &&
                    std::is_sorted(offsets.begin(), offsets.end()) && time_.size() == lists &&
                    history_end_.size() == lists && missed_.size() == lists * num_heads() &&
                    score_.size() == candidates && rank_.size() == candidates &&
                    label_.size() == candidates * num_heads() &&
                    context_.size() == candidates * facts_.contexts.size() &&
                    (position_.size() == 0 || position_.size() == candidates) &&
                    (!has_queries() || query_.size() == lists);
  if (!fits) {
    throw Error("'" + directory_ + "' is damaged: its columns do not fit together for " +
                std::to_string(lists) + " lists of " + std::to_string(candidates) + " candidates");
  }
  for (const QueryId query : query_.values()) {
    if (query == kNoQuery || index(query) < queries_.size()) continue;
    throw data_error(query_.path(), 0, "", "query " + std::to_string(index(query)),
                     "one of the " + std::to_string(queries_.size()) + " of queries.offsets");
  }
}

ImpressionList Impressions::list(size_t number) const {
  const size_t begin = offsets_.values()[number];
  const size_t count = offsets_.values()[number + 1] - begin;
  const size_t contexts = facts_.contexts.size();
  ImpressionList list;
  list.user = user_.values()[number];
  list.time = time_.values()[number];
  list.history_end = history_end_.values()[number];
  list.missed = missed_.values().subspan(number * num_heads(), num_heads());
  list.items = item_.values().subspan(begin, count);
  list.scores = score_.values().subspan(begin, count);
  list.ranks = rank_.values().subspan(begin, count);
  if (position_.size() > 0) list.positions = position_.values().subspan(begin, count);
  list.labels = label_.values().subspan(begin * num_heads(), count * num_heads());
  if (contexts > 0) list.context = context_.values().subspan(begin * contexts, count * contexts);
  if (has_queries()) list.query = query_.values()[number];
  if (list.query != kNoQuery) list.query_text = queries_.name(index(list.query));
  return list;
}

void check_same_queries(const Impressions& a, const Impressions& b) {
  if (a.has_queries() == b.has_queries() &&
      (!a.has_queries() || a.queries().hash() == b.queries().hash())) {
    return;
  }
  throw data_error(b.directory(), 0, "", "other queries, or in another order",
                   "those of '" + a.directory() + "'; make the impressions of both at once");
}

void check_dataset(const Impressions& lists, const Dataset& dataset) {
  const std::string& made_of = lists.facts().dataset_hash;
  if (made_of != dataset.hash()) {
    throw data_error(lists.directory(), 0, "dataset_hash", made_of,
                     dataset.hash() + " as of '" + dataset.directory() +
                         "'; make the impressions again from this dataset");
  }
  if (lists.known_end().size() != dataset.num_users()) {
    throw data_error(lists.directory() + "/known_end.npy", 0, "",
                     std::to_string(lists.known_end().size()) + " users",
                     std::to_string(dataset.num_users()));
  }
  for (size_t user = 0; user < dataset.num_users(); ++user) {
    const size_t events = dataset.history(UserId{static_cast<uint32_t>(user)}).size();
    if (lists.known_end()[user] <= events) continue;
    throw data_error(
        lists.directory() + "/known_end.npy", 0, "",
        std::to_string(lists.known_end()[user]) + " events of user " + std::to_string(user),
        "at most " + std::to_string(events));
  }
  for (size_t l = 0; l < lists.size(); ++l) {
    const ImpressionList list = lists.list(l);
    const bool known = list.user != kNoUser && index(list.user) < dataset.num_users();
    const size_t events = known ? dataset.history(list.user).size() : 0;
    if (list.history_end > events || (!known && list.user != kNoUser)) {
      throw data_error(lists.directory(), 0, "history_end",
                       std::to_string(list.history_end) + " events in list " + std::to_string(l),
                       "at most the " + std::to_string(events) + " of its user");
    }
  }
}

}  // namespace kaskad
