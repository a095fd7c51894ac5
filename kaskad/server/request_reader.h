// What the parsers of bodies share: an object of JSON whose fields are read one by one, with ids,
// histories and whole numbers in them. The first fault is kept and stops the reading. Private to
// recommend_request.cc and rank_request.cc.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kaskad/server/given_history.h"
#include "kaskad/server/request_limits.h"

namespace kaskad {

class RequestReader {
 public:
  virtual ~RequestReader() = default;

 protected:
  using Value = boost::json::value;
  template <typename Reader>
  using Fields = std::map<std::string_view, void (Reader::*)(const Value&)>;

  // Gives each field to read_field(); the fault, or nothing.
  std::optional<BadRequest> read_object(std::string_view body);

  virtual void read_field(std::string_view name, const Value& value) = 0;

  // Calls the member that `fields` has for the name.
  template <typename Reader>
  void read_with(const Fields<Reader>& fields, std::string_view name, const Value& value) {
    const auto found = fields.find(name);
    if (found != fields.end()) return (static_cast<Reader*>(this)->*found->second)(value);
    std::string known;
    for (const auto& [field, unused] : fields) {
      known += (known.empty() ? "" : ", ") + std::string(field);
    }
    fault_ = "found the unknown field '" + field_.substr(0, 60) + "', expected one of: " + known;
  }

  // "'FIELD': found ..., expected `what`".
  void expected(const Value& found, const std::string& what);

  // Ids may be text or whole numbers; a number stands for its decimal text.
  bool read_id(const Value& value, std::string& id, const char* what = "an id");
  void read_ids(const Value& value, std::vector<std::string>& ids);
  void read_history(const Value& value, GivenHistory& history);
  int64_t read_whole(const Value& value, const std::string& what);
  size_t read_count(const Value& value, size_t most);  // 1 to `most`
  void read_bool(const Value& value, bool& truth);
  void read_query(const Value& value, std::string& query);  // what was searched for

  std::string field_;  // that is being read
  std::string fault_;

 private:
  void read_event(const Value& element, GivenHistory& history);
};

// What was found, for a message: a list is not shown, long text is cut.
std::string describe(const boost::json::value& value);

}  // namespace kaskad
