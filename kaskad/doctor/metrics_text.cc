#include "kaskad/doctor/metrics_text.h"

#include <charconv>
#include <limits>

#include "kaskad/core/error.h"

namespace kaskad::doctor {
namespace {

bool begins_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
}
bool in_name(char c) { return begins_name(c) || (c >= '0' && c <= '9'); }

// One line, from left to right.
class LineReader {
 public:
  LineReader(std::string_view line, const std::string& source, size_t number)
      : line_(line), source_(source), number_(number) {}

  std::string name(const char* what) {
    const size_t begin = at_;
    if (at_ < line_.size() && begins_name(line_[at_])) {
      while (at_ < line_.size() && in_name(line_[at_])) ++at_;
    }
    if (at_ == begin) throw unexpected(what);
    return std::string(line_.substr(begin, at_ - begin));
  }

  Labels labels() {
    Labels labels;
    if (!take('{')) return labels;
    for (skip_space(); !take('}'); skip_space()) {
      const std::string key = name("a label or '}'");
      if (!take('=')) throw unexpected("'=' behind a label");
      if (!labels.emplace(key, quoted()).second) throw unexpected("each label once");
      skip_space();
      if (!take(',') && (at_ == line_.size() || line_[at_] != '}')) throw unexpected("',' or '}'");
    }
    return labels;
  }

  double value() {
    skip_space();
    std::string_view text = line_.substr(at_);
    const size_t end = text.find_first_of(" \t");
    const std::string_view time = end == std::string_view::npos ? "" : text.substr(end);
    text = text.substr(0, end);
    if (time.find_first_not_of(" \t-0123456789") != std::string_view::npos) {
      at_ += text.size();
      throw unexpected("a time in milliseconds, or nothing");
    }
    if (text == "+Inf" || text == "Inf") return std::numeric_limits<double>::infinity();
    if (text == "-Inf") return -std::numeric_limits<double>::infinity();
    if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
    if (text.starts_with('+')) text.remove_prefix(1);
    double value = 0;
    const auto [read, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc() || read != text.data() + text.size()) throw unexpected("a number");
    return value;
  }

 private:
  bool take(char c) {
    if (at_ == line_.size() || line_[at_] != c) return false;
    ++at_;
    return true;
  }
  void skip_space() {
    while (at_ < line_.size() && (line_[at_] == ' ' || line_[at_] == '\t')) ++at_;
  }

  std::string quoted() {
    if (!take('"')) throw unexpected("a value in double quotes");
    std::string text;
    while (at_ < line_.size() && line_[at_] != '"') {
      char c = line_[at_++];
      if (c == '\\') {
        if (at_ == line_.size()) break;
        c = line_[at_++];
        if (c == 'n') c = '\n';
      }
      text += c;
    }
    if (!take('"')) throw unexpected("the closing quote of a value");
    return text;
  }

  Error unexpected(const char* expected) const {
    const std::string_view rest = line_.substr(at_, 40);
    const std::string found = rest.empty() ? "the end of the line" : "'" + std::string(rest) + "'";
    return Error(source_ + ", line " + std::to_string(number_) + ": found " + found +
                 ", expected " + expected);
  }

  const std::string_view line_;
  const std::string& source_;
  const size_t number_;
  size_t at_ = 0;
};

}  // namespace

bool Sample::matches(const Labels& wanted) const {
  for (const auto& [name, text] : wanted) {
    if (label(name) != text) return false;
  }
  return true;
}

std::string Sample::label(std::string_view name) const {
  const auto found = labels.find(name);
  return found == labels.end() ? std::string() : found->second;
}

MetricsText MetricsText::parse(std::string_view text, const std::string& source) {
  MetricsText all;
  for (size_t number = 1; !text.empty(); ++number) {
    const size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
    if (line.empty() || line.front() == '#') continue;
    LineReader reader(line, source, number);
    const std::string name = reader.name("the name of a metric");
    Sample sample{.labels = reader.labels()};
    sample.value = reader.value();
    all.samples_[name].push_back(std::move(sample));
  }
  return all;
}

const std::vector<Sample>& MetricsText::of(std::string_view name) const {
  static const std::vector<Sample> kNone;
  const auto found = samples_.find(name);
  return found == samples_.end() ? kNone : found->second;
}

std::vector<std::string> MetricsText::names() const {
  std::vector<std::string> names;
  for (const auto& [name, samples] : samples_) names.push_back(name);
  return names;
}

}  // namespace kaskad::doctor
