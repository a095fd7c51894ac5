#include "kaskad/ranking/query_side.h"

#include <algorithm>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "kaskad/core/npy.h"
#include "kaskad/dataset/id_map.h"
#include "kaskad/dataset/query_tokens.h"

namespace kaskad {
namespace {

using nlohmann::json;

constexpr const char* kQuerySideFile = "/query_side.json";

void write_texts(const std::string& directory, const std::string& name,
                 const std::vector<std::string>& texts) {
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  write_id_map(directory, name, views);
}

std::vector<std::string> read_texts(const std::string& directory, const std::string& name) {
  const IdMap map(directory, name);
  std::vector<std::string> texts;
  for (size_t i = 0; i < map.size(); ++i) texts.emplace_back(map.name(i));
  return texts;
}

}  // namespace

std::string normal_query(std::string_view query) {
  std::string text;
  for (const std::string& token : query_tokens(query)) text += (text.empty() ? "" : " ") + token;
  return text;
}

QuerySide::Texts::Texts(std::vector<std::string> of) : names(std::move(of)) {
  for (size_t i = 0; i < names.size(); ++i) numbers.emplace(names[i], static_cast<int64_t>(i));
}

const int64_t* QuerySide::Texts::find(std::string_view text) const {
  const auto found = numbers.find(std::string(text));
  return found == numbers.end() ? nullptr : &found->second;
}

QuerySide QuerySide::learn(const Dataset& dataset, const Impressions& train,
                           const QuerySideOptions& options) {
  QuerySide side;
  side.options_ = options;
  std::set<std::string> tokens;
  std::map<std::string, size_t> asked;
  for (size_t l = 0; l < train.size(); ++l) {
    const std::string_view query = train.list(l).query_text;
    if (query.empty()) continue;
    ++asked[normal_query(query)];
    for (std::string& token : query_tokens(query)) tokens.insert(std::move(token));
  }
  if (options.tokens) side.tokens_ = Texts({tokens.begin(), tokens.end()});
  if (options.queries) {
    std::vector<std::string> queries;
    for (const auto& [text, lists] : asked) {
      if (lists >= options.min_lists && !text.empty()) queries.push_back(text);
    }
    side.queries_ = Texts(std::move(queries));
  }
  if (!options.users || dataset.user_features().empty()) return side;
  const FeatureTable& table = dataset.user_features();
  side.users_ = FeatureSchema::of(table);
  std::vector<std::vector<int64_t>> codes(table.rows);
  const size_t numbers = side.users_.num_numbers();
  side.user_numbers_.resize(table.rows * numbers);
  for (size_t user = 0; user < table.rows; ++user) {
    const FeatureRow row{&table, user};
    side.users_.append_codes(row, codes[user]);
    side.user_places_ = std::max(side.user_places_, codes[user].size());
    side.users_.write_numbers(row, std::span(side.user_numbers_).subspan(user * numbers, numbers));
  }
  side.user_codes_.assign(table.rows * side.user_places_, 0);
  for (size_t user = 0; user < table.rows; ++user) {
    std::copy(codes[user].begin(), codes[user].end(),
              side.user_codes_.begin() + static_cast<ptrdiff_t>(user * side.user_places_));
  }
  return side;
}

void QuerySide::save(const std::string& directory) const {
  write_file(directory + kQuerySideFile, json{{"tokens", options_.tokens},
                                              {"queries", options_.queries},
                                              {"users", options_.users},
                                              {"clock", options_.clock},
                                              {"min_lists", options_.min_lists},
                                              {"user_places", user_places_},
                                              {"user_schema", users_}}
                                                 .dump(1) +
                                             "\n");
  write_texts(directory, "query_tokens", tokens_.names);
  write_texts(directory, "queries", queries_.names);
  write_npy(directory + "/user_codes.npy", user_codes_);
  write_npy(directory + "/user_numbers.npy", user_numbers_);
}

QuerySide QuerySide::load(const std::string& directory) {
  QuerySide side;
  const std::string path = directory + kQuerySideFile;
  try {
    const json root = json::parse(read_file(path));
    root.at("tokens").get_to(side.options_.tokens);
    root.at("queries").get_to(side.options_.queries);
    root.at("users").get_to(side.options_.users);
    root.at("clock").get_to(side.options_.clock);
    root.at("min_lists").get_to(side.options_.min_lists);
    root.at("user_places").get_to(side.user_places_);
    root.at("user_schema").get_to(side.users_);
  } catch (const json::exception& fault) {
    throw Error("'" + path + "' is damaged: " + fault.what());
  }
  side.tokens_ = Texts(read_texts(directory, "query_tokens"));
  side.queries_ = Texts(read_texts(directory, "queries"));
  const NpyFile<int32_t> codes(directory + "/user_codes.npy");
  const NpyFile<float> numbers(directory + "/user_numbers.npy");
  side.user_codes_.assign(codes.values().begin(), codes.values().end());
  side.user_numbers_.assign(numbers.values().begin(), numbers.values().end());
  const size_t width = side.users_.num_numbers();
  if (side.user_places_ == 0 || side.user_codes_.size() % side.user_places_ != 0 ||
      (width > 0 &&
       side.user_numbers_.size() / width != side.user_codes_.size() / side.user_places_)) {
    throw Error("'" + path + "' is damaged: user_codes.npy and user_numbers.npy do not fit it");
  }
  return side;
}

void QuerySide::write(const RankRequest& request, QueryInputs& out) const {
  write_query(request.query, out);
  write_user(request.user, out);
  out.clock = options_.clock ? clock_codes(request.now) : decltype(out.clock){};
}

void QuerySide::write_query(std::string_view query, QueryInputs& out) const {
  out.tokens.clear();
  out.query = kUnknownQuery;
  if (!query.empty() && options_.queries) {
    if (const int64_t* number = queries_.find(normal_query(query))) {
      out.query = kFirstQuery + *number;
    }
  }
  if (!query.empty() && options_.tokens) {
    for (const std::string& token : query_tokens(query)) {
      const int64_t* number = tokens_.find(token);
      out.tokens.push_back(number ? kFirstQueryToken + *number : kUnknownQueryToken);
    }
  }
  if (out.tokens.empty()) out.tokens.push_back(kNoQueryToken);
}

void QuerySide::write_user(UserId user, QueryInputs& out) const {
  const size_t width = users_.num_numbers(), at = index(user);
  const bool known = at < user_codes_.size() / user_places_;
  out.user_codes.assign(user_places_, 0);
  out.user_numbers.assign(width, std::numeric_limits<float>::quiet_NaN());
  if (!known) return;
  std::copy_n(user_codes_.begin() + static_cast<ptrdiff_t>(at * user_places_), user_places_,
              out.user_codes.begin());
  std::copy_n(user_numbers_.begin() + static_cast<ptrdiff_t>(at * width), width,
              out.user_numbers.begin());
}

}  // namespace kaskad
