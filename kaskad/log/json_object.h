// Reads JSON objects member by member, as cells of text; the parser of jsonl and attributes.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace kaskad {

// The value of a member. A scalar is text as written in the file (numbers keep their digits); an
// array of scalars is a list as rows.h writes it; null is empty.
struct JsonCell {
  std::string_view text;
  std::string_view trouble;  // not empty: what was found instead of a usable value
};

// One parser, used for many documents after each other.
class JsonObjectParser {
 public:
  // `member` is called for every member of the outermost object; the views live for the call.
  using Member = std::function<void(std::string_view key, const JsonCell& cell)>;
  explicit JsonObjectParser(Member member);
  ~JsonObjectParser();

  // The next piece of the document, the last one when `more` is false. Returns what is wrong with
  // the JSON, or an empty text; the parser is then ready for the next document.
  std::string write(std::string_view piece, bool more);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kaskad
