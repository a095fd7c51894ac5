#include "kaskad/log/json_object.h"

#include <boost/json/basic_parser_impl.hpp>

#include "kaskad/log/rows.h"
#include "kaskad/log/text.h"

namespace kaskad {
namespace {

namespace json = boost::json;
using json::error_code;

// Takes Boost.JSON's events. Depth 1 is inside the outermost object, 2 inside a list or an object
// that is the value of a member.
class MemberHandler {
 public:
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

  explicit MemberHandler(JsonObjectParser::Member member) : member_(std::move(member)) {}

  void clear() {
    depth_ = 0;
    key_.clear();
    scalar_.clear();
    text_.clear();
    trouble_.clear();
    list_ = no_object_ = false;
  }
  bool no_object() const { return no_object_; }

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code&) {
    if (depth_++ > 0) note(list_ ? "a list of lists or objects" : "an object");
    return true;
  }
  bool on_object_end(std::size_t, error_code&) {
    if (--depth_ == 1) end_member();
    return true;
  }
  bool on_array_begin(error_code& code) {
    if (depth_ == 0) return refuse(code);
    if (depth_++ == 1) {
      list_ = true;
      text_ = kListMark;  // an empty list is a mark alone
      first_ = true;
    } else {
      note("a list of lists or objects");
    }
    return true;
  }
  bool on_array_end(std::size_t, error_code&) {
    if (--depth_ == 1) end_member();
    return true;
  }
  bool on_key_part(json::string_view part, std::size_t, error_code&) {
    if (depth_ == 1) key_.append(part.data(), part.size());
    return true;
  }
  bool on_key(json::string_view part, std::size_t, error_code& code) {
    return on_key_part(part, 0, code);
  }
  bool on_string_part(json::string_view part, std::size_t, error_code& code) {
    if (depth_ == 0) return refuse(code);
    scalar_.append(part.data(), part.size());
    return true;
  }
  bool on_string(json::string_view part, std::size_t, error_code& code) {
    return end_scalar(part, code);
  }
  bool on_number_part(json::string_view part, error_code& code) {
    return on_string_part(part, 0, code);
  }
  bool on_int64(std::int64_t, json::string_view part, error_code& code) {
    return end_scalar(part, code);
  }
  bool on_uint64(std::uint64_t, json::string_view part, error_code& code) {
    return end_scalar(part, code);
  }
  bool on_double(double, json::string_view part, error_code& code) {
    return end_scalar(part, code);
  }
  bool on_bool(bool truth, error_code& code) { return end_scalar(truth ? "true" : "false", code); }
  bool on_null(error_code& code) { return end_scalar("", code); }
  bool on_comment_part(json::string_view, error_code&) { return true; }
  bool on_comment(json::string_view, error_code&) { return true; }

 private:
  bool refuse(error_code& code) {
    no_object_ = true;
    code = json::error::syntax;
    return false;
  }

  void note(std::string trouble) {
    if (trouble_.empty()) trouble_ = std::move(trouble);
  }

  bool end_scalar(json::string_view part, error_code& code) {
    if (depth_ == 0) return refuse(code);
    scalar_.append(part.data(), part.size());
    if (scalar_.find('\0') != std::string::npos || scalar_.find(kListMark) != std::string::npos) {
      note("a control byte in " + shown(scalar_));
    }
    if (depth_ == 1) {
      text_.swap(scalar_);
      end_member();
    } else if (depth_ == 2 && list_) {
      if (!first_) text_ += kListMark;
      text_ += scalar_;
      first_ = false;
    }
    scalar_.clear();
    return true;
  }

  void end_member() {
    member_(key_, {trouble_.empty() ? std::string_view(text_) : std::string_view(), trouble_});
    key_.clear();
    text_.clear();
    trouble_.clear();
    list_ = false;
  }

  JsonObjectParser::Member member_;
  int depth_ = 0;
  bool list_ = false, first_ = false, no_object_ = false;
  std::string key_, scalar_, text_, trouble_;
};

}  // namespace

struct JsonObjectParser::State {
  explicit State(Member member) : parser(json::parse_options(), std::move(member)) {}
  json::basic_parser<MemberHandler> parser;
};

JsonObjectParser::JsonObjectParser(Member member)
    : state_(std::make_unique<State>(std::move(member))) {}

JsonObjectParser::~JsonObjectParser() = default;

std::string JsonObjectParser::write(std::string_view piece, bool more) {
  auto& parser = state_->parser;
  error_code code;
  const size_t used = parser.write_some(more, piece.data(), piece.size(), code);
  std::string wrong;
  if (code) {
    wrong = parser.handler().no_object() ? "a JSON value that is no object" : code.message();
  } else if (piece.find_first_not_of(" \t\r\n", used) != std::string_view::npos) {
    wrong = "more text behind the JSON object";
  }
  if (!more || !wrong.empty()) {
    parser.reset();
    parser.handler().clear();
  }
  return wrong;
}

}  // namespace kaskad
