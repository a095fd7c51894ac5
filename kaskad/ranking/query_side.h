// What a query tower sees of a request beside the history, as numbers that it can look up: the
// words of the query, the query as a whole, what is known of the user, the hour. Learned from the
// lists that training sees, and kept beside the model, so that training and serving write the same.
//   query_side.json  which of them there are, the schema of users
//   query_tokens.* queries.*  id maps of the words and queries that were learned
//   user_codes.npy user_numbers.npy  (users, places), (users, numbers): what is known of users
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "kaskad/dataset/clock_codes.h"
#include "kaskad/dataset/feature_schema.h"
#include "kaskad/dataset/impressions.h"
#include "kaskad/model/ranker.h"

namespace kaskad {

// Of words: padding, no query, a word that was never learned; from kFirstQueryToken on those known.
inline constexpr int64_t kNoQueryToken = 1, kUnknownQueryToken = 2, kFirstQueryToken = 3;
// Of whole queries: none or not learned; then from kFirstQuery on.
inline constexpr int64_t kUnknownQuery = 0, kFirstQuery = 1;

struct QueryInputs {
  std::vector<int64_t> tokens;  // at least one
  int64_t query = kUnknownQuery;
  std::vector<int64_t> user_codes;  // at least one; 0: nothing
  std::vector<float> user_numbers;  // (numbers); NaN: not known
  std::array<int64_t, kClockPlaces> clock{};
};

struct QuerySideOptions {
  bool tokens = true;   // words of the query
  bool queries = true;  // the query as a whole, where it was asked at least `min_lists` times
  bool users = true;    // features of users
  bool clock = false;   // hour and weekday; needs a clock
  size_t min_lists = 5;
};

// Read-only after construction, thread-safe.
class QuerySide {
 public:
  // Words and queries of `train`, features of all users.
  static QuerySide learn(const Dataset& dataset, const Impressions& train,
                         const QuerySideOptions& options);
  static QuerySide load(const std::string& directory);
  void save(const std::string& directory) const;

  // Rows of a table that is looked up by tokens, and by queries.
  int64_t token_rows() const {
    return kFirstQueryToken + static_cast<int64_t>(tokens_.names.size());
  }
  int64_t query_rows() const { return kFirstQuery + static_cast<int64_t>(queries_.names.size()); }
  const FeatureSchema& users() const { return users_; }  // empty where they are not looked at
  const QuerySideOptions& options() const { return options_; }

  void write(const RankRequest& request, QueryInputs& out) const;

 private:
  // Texts by their number.
  struct Texts {
    std::vector<std::string> names;
    std::unordered_map<std::string, int64_t> numbers;

    explicit Texts(std::vector<std::string> of = {});
    const int64_t* find(std::string_view text) const;
  };

  void write_query(std::string_view query, QueryInputs& out) const;
  void write_user(UserId user, QueryInputs& out) const;

  QuerySideOptions options_;
  Texts tokens_, queries_;
  FeatureSchema users_;
  size_t user_places_ = 1;
  std::vector<int32_t> user_codes_;  // (users, user_places_)
  std::vector<float> user_numbers_;  // (users, numbers)
};

// How a query is told from others when it is looked up as a whole: its words in their order.
std::string normal_query(std::string_view query);

}  // namespace kaskad
