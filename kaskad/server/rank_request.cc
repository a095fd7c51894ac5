#include "kaskad/server/rank_request.h"

#include <cmath>
#include <limits>

#include "kaskad/server/request_reader.h"

namespace kaskad {
namespace {

class RankReader : public RequestReader {
 public:
  Parsed<GivenList> read(std::string_view body) {
    if (auto bad = read_object(body)) return *std::move(bad);
    if (!has_candidates_) return BadRequest{"found no 'candidates', expected a list of ids"};
    // A list that is given and empty is not one that is left out, as check() must take it.
    if (has_scores_ && list_.scores.empty()) expect_values("scores");
    if (has_ranks_ && list_.ranks.empty()) expect_values("ranks");
    if (!fault_.empty()) return BadRequest{fault_};
    return std::move(list_);
  }

 private:
  void read_field(std::string_view name, const Value& value) override {
    static const Fields<RankReader> kFields = {{"user_id", &RankReader::read_user},
                                               {"history", &RankReader::read_events},
                                               {"query", &RankReader::read_search},
                                               {"candidates", &RankReader::read_candidates},
                                               {"scores", &RankReader::read_scores},
                                               {"ranks", &RankReader::read_ranks},
                                               {"context", &RankReader::read_context},
                                               {"now", &RankReader::read_now},
                                               {"k", &RankReader::read_k},
                                               {"heads", &RankReader::read_heads}};
    read_with(kFields, name, value);
  }

  void read_user(const Value& value) { read_id(value, list_.user_id.emplace()); }
  void read_events(const Value& value) { read_history(value, list_.history.emplace()); }
  void read_now(const Value& value) { list_.now = read_whole(value, "a whole number"); }
  void read_k(const Value& value) { list_.k = read_count(value, kMaxCandidates); }
  void read_search(const Value& value) { read_query(value, list_.query); }
  void read_heads(const Value& value) { read_bool(value, list_.heads); }

  void read_candidates(const Value& value) {
    has_candidates_ = true;
    read_ids(value, list_.candidates);
  }

  void read_scores(const Value& value) {
    has_scores_ = true;
    read_numbers(value, false, list_.scores);
  }

  void read_ranks(const Value& value) {
    has_ranks_ = true;
    const auto* list = value.if_array();
    if (!list) return expected(value, "a list of whole numbers");
    list_.ranks.clear();
    for (const Value& element : *list) {
      const int64_t* rank = element.if_int64();
      constexpr int64_t kMost = std::numeric_limits<uint32_t>::max();
      if (!element.is_null() && (!rank || *rank < 1 || *rank > kMost)) {
        return expected(element, "a rank from 1, or null");
      }
      list_.ranks.push_back(rank ? static_cast<uint32_t>(*rank) : 0);
    }
  }

  void read_context(const Value& value) {
    const auto* columns = value.if_object();
    if (!columns) return expected(value, "an object of lists of numbers by name");
    list_.context.clear();
    for (const auto& column : *columns) {
      auto& [name, values] = list_.context.emplace_back(column.key(), std::vector<float>());
      field_ = "context', '" + name.substr(0, 60);
      read_numbers(column.value(), true, values);
      if (!fault_.empty()) return;
    }
  }

  // Null is NaN, where it may stand at all.
  void read_numbers(const Value& value, bool or_null, std::vector<float>& numbers) {
    const auto* list = value.if_array();
    if (!list) return expected(value, "a list of numbers");
    numbers.clear();
    for (const Value& element : *list) {
      const bool is_null = element.is_null() && or_null;
      const float number = element.is_number() ? static_cast<float>(element.to_number<double>())
                                               : std::numeric_limits<float>::quiet_NaN();
      if (!is_null && !std::isfinite(number)) {  // or too large for a float
        return expected(element, or_null ? "a number or null" : "a number");
      }
      numbers.push_back(number);
    }
  }

  void expect_values(const std::string& field) {
    if (list_.candidates.empty() || !fault_.empty()) return;
    fault_ = "'" + field + "': found 0 values, expected " +
             std::to_string(list_.candidates.size()) + ", one a candidate";
  }

  GivenList list_;
  bool has_candidates_ = false, has_scores_ = false, has_ranks_ = false;
};

}  // namespace

Parsed<GivenList> parse_rank_request(std::string_view body) { return RankReader().read(body); }

}  // namespace kaskad
