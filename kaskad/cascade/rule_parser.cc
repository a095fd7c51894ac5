// The text of a rule becomes its nodes, by recursive descent.
#include <cctype>
#include <charconv>
#include <cmath>

#include "kaskad/cascade/rule.h"
#include "kaskad/core/error.h"

namespace kaskad {
namespace {

constexpr size_t kMostBytes = 10'000, kMostDepth = 100;

bool starts_name(char c) { return std::isalpha(static_cast<unsigned char>(c)) || c == '_'; }
bool in_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' || c == '-';
}

}  // namespace

class RuleParser {
 public:
  explicit RuleParser(std::string_view text) : text_(text) { advance(); }

  std::vector<Rule::Node> parse() {
    parse_or(0);
    if (token_.kind != TokenKind::kEnd) fail("'and', 'or' or the end");
    return std::move(nodes_);
  }

 private:
  enum class TokenKind { kEnd, kName, kText, kNumber, kSign };

  struct Token {
    TokenKind kind = TokenKind::kEnd;
    std::string text;  // of a kText without its quotes
    double number = 0;
    size_t column = 0;
    bool quoted = false;  // a name in backquotes is never a word of the language
  };

  [[noreturn]] void fail(const std::string& expected) const {
    const std::string found = token_.kind == TokenKind::kEnd    ? "the end"
                              : token_.kind == TokenKind::kText ? '"' + token_.text + '"'
                                                                : "'" + token_.text + "'";
    throw Error("column " + std::to_string(token_.column) + ": found " + found.substr(0, 60) +
                ", expected " + expected);
  }

  bool at_word(std::string_view word) const {
    return token_.kind == TokenKind::kName && !token_.quoted && token_.text == word;
  }
  bool at_sign(std::string_view sign) const {
    return token_.kind == TokenKind::kSign && token_.text == sign;
  }
  bool take_word(std::string_view word) {
    const bool there = at_word(word);
    if (there) advance();
    return there;
  }
  void take_sign(std::string_view sign) {
    if (!at_sign(sign)) fail("'" + std::string(sign) + "'");
    advance();
  }

  size_t add(Rule::Node node) {
    nodes_.push_back(std::move(node));
    return nodes_.size() - 1;
  }

  size_t parse_or(size_t depth) {
    size_t left = parse_and(depth);
    while (take_word("or")) {
      const size_t right = parse_and(depth);
      left = add({.kind = Rule::Kind::kOr, .left = left, .right = right});
    }
    return left;
  }

  size_t parse_and(size_t depth) {
    size_t left = parse_not(depth);
    while (take_word("and")) {
      const size_t right = parse_not(depth);
      left = add({.kind = Rule::Kind::kAnd, .left = left, .right = right});
    }
    return left;
  }

  size_t parse_not(size_t depth) {
    if (depth == kMostDepth) fail("at most 100 brackets and 'not' in each other");
    if (take_word("not")) return negate(parse_not(depth + 1));
    if (at_sign("(")) {
      advance();
      const size_t inner = parse_or(depth + 1);
      take_sign(")");
      return inner;
    }
    return parse_comparison();
  }

  size_t negate(size_t node) { return add({.kind = Rule::Kind::kNot, .left = node}); }

  size_t parse_comparison() {
    const bool known = at_word("known") && followed_by('(');
    if (known) {
      advance();
      take_sign("(");
    }
    if (token_.kind != TokenKind::kName || at_word("and") || at_word("or") || at_word("in")) {
      fail("the name of a feature, 'not' or '('");
    }
    Rule::Node node{.kind = Rule::Kind::kKnown, .feature = token_.text, .column = token_.column};
    advance();
    if (known) {
      take_sign(")");
      return add(std::move(node));
    }
    const bool negated = at_sign("!=") || at_word("not");
    if (at_word("in") || at_word("not")) {
      if (take_word("not") && !at_word("in")) fail("'in'");
      advance();
      parse_list(node);
    } else {
      node.comparison = parse_operator();
      parse_literal(node, true);
    }
    const size_t made = add(std::move(node));
    return negated ? negate(made) : made;
  }

  Rule::Comparison parse_operator() {
    using Comparison = Rule::Comparison;
    const auto is = [&](const char* sign, Comparison comparison, Comparison& out) {
      if (at_sign(sign)) out = comparison;
      return at_sign(sign);
    };
    Comparison found = Comparison::kEqual;
    if (!is("==", Comparison::kEqual, found) && !is("!=", Comparison::kEqual, found) &&
        !is("<", Comparison::kLess, found) && !is("<=", Comparison::kLessEqual, found) &&
        !is(">", Comparison::kGreater, found) && !is(">=", Comparison::kGreaterEqual, found)) {
      fail("one of: ==, !=, <, <=, >, >=, in, not in");
    }
    advance();
    return found;
  }

  void parse_list(Rule::Node& node) {
    take_sign("[");
    parse_literal(node, true);
    while (at_sign(",")) {
      advance();
      parse_literal(node, false);
    }
    take_sign("]");
  }

  // All of a list are of the kind of its first.
  void parse_literal(Rule::Node& node, bool first) {
    const bool text = token_.kind == TokenKind::kText, number = token_.kind == TokenKind::kNumber;
    const bool any = first && (node.comparison == Rule::Comparison::kEqual);
    if (any && !text && !number) fail("a text in quotes or a number");
    if (any) node.kind = text ? Rule::Kind::kText : Rule::Kind::kNumber;
    if (first && !any) node.kind = Rule::Kind::kNumber;
    if (node.kind == Rule::Kind::kText && !text) fail("a text in quotes");
    if (node.kind == Rule::Kind::kNumber && !number) fail("a number");
    if (text) node.texts.push_back(token_.text);
    if (number) node.numbers.push_back(token_.number);
    advance();
  }

  bool followed_by(char c) const {
    size_t at = next_;
    while (at < text_.size() && std::isspace(static_cast<unsigned char>(text_[at]))) ++at;
    return at < text_.size() && text_[at] == c;
  }

  void advance() {
    while (next_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[next_]))) ++next_;
    token_ = {};
    token_.column = next_ + 1;
    if (next_ == text_.size()) return;
    const char c = text_[next_];
    if (c == '"' || c == '\'' || c == '`') return read_quoted(c);
    if (starts_name(c)) return read_name();
    if (std::isdigit(static_cast<unsigned char>(c)) || c == '-' || c == '.') return read_number();
    const size_t length = text_.substr(next_ + 1).starts_with('=') && c != '(' && c != ',' ? 2 : 1;
    token_.kind = TokenKind::kSign;
    token_.text = std::string(text_.substr(next_, length));
    next_ += length;
  }

  // A backslash takes the character behind it as it is.
  void read_quoted(char quote) {
    token_.kind = quote == '`' ? TokenKind::kName : TokenKind::kText;
    token_.quoted = true;
    for (++next_; next_ < text_.size() && text_[next_] != quote; ++next_) {
      if (text_[next_] == '\\' && next_ + 1 < text_.size()) ++next_;
      token_.text += text_[next_];
    }
    if (next_ == text_.size()) fail(std::string("a closing ") + quote);
    ++next_;
    if (token_.kind == TokenKind::kName && token_.text.empty()) fail("a name in the backquotes");
  }

  void read_name() {
    const size_t begin = next_;
    while (next_ < text_.size() && in_name(text_[next_])) ++next_;
    token_.kind = TokenKind::kName;
    token_.text = std::string(text_.substr(begin, next_ - begin));
  }

  void read_number() {
    const char* begin = text_.data() + next_;
    const auto [end, failure] = std::from_chars(begin, text_.data() + text_.size(), token_.number);
    if (failure != std::errc() || !std::isfinite(token_.number)) {
      token_.kind = TokenKind::kSign;
      token_.text = std::string(text_.substr(next_, 20));
      fail("a number");
    }
    token_.kind = TokenKind::kNumber;
    token_.text = std::string(begin, end);
    next_ += static_cast<size_t>(end - begin);
  }

  const std::string_view text_;
  size_t next_ = 0;
  Token token_;
  std::vector<Rule::Node> nodes_;
};

Rule Rule::parse(std::string_view text) {
  if (text.size() > kMostBytes) {
    throw Error("column 1: found " + std::to_string(text.size()) + " bytes, expected at most " +
                std::to_string(kMostBytes));
  }
  Rule rule;
  rule.text_ = std::string(text);
  rule.nodes_ = RuleParser(text).parse();
  return rule;
}

}  // namespace kaskad
