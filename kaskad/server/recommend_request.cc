#include "kaskad/server/recommend_request.h"

#include <charconv>

#include "kaskad/server/request_reader.h"

namespace kaskad {
namespace {

namespace json = boost::json;

class RecommendReader : public RequestReader {
 public:
  explicit RecommendReader(RecommendKind kind) : kind_(kind) {}

  Parsed<RecommendRequest> read(std::string_view body) {
    if (auto bad = read_object(body)) return *std::move(bad);
    return std::move(request_);
  }

 private:
  void read_field(std::string_view name, const Value& value) override {
    static const Fields<RecommendReader> kShared = {
        {"user_id", &RecommendReader::read_user},
        {"history", &RecommendReader::read_events},
        {"k", &RecommendReader::read_k},
        {"now", &RecommendReader::read_now},
        {"exclude", &RecommendReader::read_exclude},
        {"exclude_seen", &RecommendReader::read_seen},
        {"allow", &RecommendReader::read_allow},
        {"sources", &RecommendReader::read_sources},
        {"user_features", &RecommendReader::read_features},
        {"request_id", &RecommendReader::read_request}};
    static const Fields<RecommendReader> kRecommend =
        with(kShared, {{"explain", &RecommendReader::read_explain}});
    static const Fields<RecommendReader> kSearch =
        with(kShared, {{"query", &RecommendReader::read_search}});
    static const Fields<RecommendReader> kExplain = with(
        kSearch,
        {{"explain", &RecommendReader::read_explain}, {"item_id", &RecommendReader::read_item}});
    read_with(kind_ == RecommendKind::kRecommend ? kRecommend
              : kind_ == RecommendKind::kSearch  ? kSearch
                                                 : kExplain,
              name, value);
  }

  static Fields<RecommendReader> with(Fields<RecommendReader> fields,
                                      const Fields<RecommendReader>& more) {
    fields.insert(more.begin(), more.end());
    return fields;
  }

  void read_user(const Value& value) { read_id(value, request_.user_id.emplace()); }
  void read_events(const Value& value) { read_history(value, request_.history.emplace()); }
  void read_k(const Value& value) { request_.k = read_count(value, kMaxK); }
  void read_now(const Value& value) { request_.now = read_whole(value, "a whole number"); }
  void read_seen(const Value& value) { read_bool(value, request_.exclude_seen); }
  void read_sources(const Value& value) { read_bool(value, request_.sources); }
  void read_search(const Value& value) { read_query(value, request_.query); }
  void read_request(const Value& value) { read_id(value, request_.request_id); }
  void read_item(const Value& value) { read_id(value, request_.item_id.emplace()); }
  void read_explain(const Value& value) { read_bool(value, request_.explain); }
  void read_exclude(const Value& value) { read_ids(value, request_.exclude); }
  void read_allow(const Value& value) { read_ids(value, request_.allow.emplace()); }

  void read_features(const Value& value) {
    const json::object* object = value.if_object();
    if (!object) return expected(value, "an object of features by name");
    auto& features = request_.user_features.emplace();
    for (const auto& field : *object) {
      GivenFeature& feature = features.emplace_back();
      feature.name = field.key();
      if (const json::array* list = field.value().if_array()) {
        for (const Value& element : *list) read_feature_value(element, feature);
      } else if (!field.value().is_null()) {
        read_feature_value(field.value(), feature);
      }
      if (feature.numbers.size() != feature.values.size()) feature.numbers.clear();
    }
  }

  void read_feature_value(const Value& value, GivenFeature& feature) {
    if (const json::string* text = value.if_string()) {
      feature.values.emplace_back(*text);
    } else if (value.is_number()) {
      feature.values.push_back(describe(value));
      feature.numbers.push_back(value.to_number<float>());
    } else {
      fault_ = "'user_features', '" + feature.name.substr(0, 60) + "': found " + describe(value) +
               ", expected a text, a number, or a list of them";
    }
  }

  const RecommendKind kind_;
  RecommendRequest request_;
};

}  // namespace

Parsed<RecommendRequest> parse_recommend_request(std::string_view body, RecommendKind kind) {
  return RecommendReader(kind).read(body);
}

Parsed<size_t> parse_count(std::string_view name, std::string_view text) {
  size_t count = 0;
  const char* begin = text.data();
  const char* end = begin + text.size();
  const auto [stopped, failure] = std::from_chars(begin, end, count);
  if (failure == std::errc() && stopped == end && count >= 1 && count <= kMaxK) return count;
  return BadRequest{"'" + std::string(name) + "': found '" + std::string(text.substr(0, 60)) +
                    "', expected " + whole_up_to(kMaxK)};
}

}  // namespace kaskad
