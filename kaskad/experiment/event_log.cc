#include "kaskad/experiment/event_log.h"

#include <algorithm>
#include <cstring>

#include "kaskad/log/text_window.h"

namespace kaskad::ab {

// One file, with its next event.
class EventLog::Source {
 public:
  Source(std::unique_ptr<ByteSource> bytes, const std::string& name, OnError on_error)
      : text_(std::move(bytes), name), at_(text_.begin()), faults_(name, on_error) {}

  const LoggedEvent& event() const { return event_; }
  const SkippedRows& skipped() const { return faults_.skipped(); }
  const ByteSource& bytes() const { return text_.bytes(); }

  // False at the end.
  bool advance() {
    LineFault fault;
    for (;;) {
      if (at_ == text_.end()) {
        if (!text_.refill(at_, line_)) return false;
        at_ = text_.begin();
      }
      const auto left = static_cast<size_t>(text_.end() - at_);
      const auto* end = static_cast<const char*>(std::memchr(at_, '\n', left));
      const std::string_view line(at_, static_cast<size_t>(end - at_));
      at_ = end + 1;
      ++line_;
      if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
      if (parser_.parse(line, event_, fault)) return true;
      faults_.add(line_ - 1, fault.field, [&] { return std::pair(fault.found, fault.expected); });
    }
  }

 private:
  TextWindow text_;
  const char* at_;
  size_t line_ = 1;
  EventLineParser parser_;
  LoggedEvent event_;
  RowFaults faults_;
};

namespace {

// The earliest on top.
constexpr auto kLater = [](const auto& a, const auto& b) {
  return a->event().time > b->event().time;
};

}  // namespace

EventLog::EventLog(const std::vector<std::string>& paths, OnError on_error) {
  for (const std::string& path : paths) {
    const bool standard = path == "-";
    add(std::make_unique<Source>(open_bytes(standard ? "/dev/stdin" : path),
                                 standard ? "standard input" : path, on_error));
  }
}

EventLog::EventLog(std::string text, const std::string& name, OnError on_error) {
  add(std::make_unique<Source>(memory_bytes(std::move(text), name), name, on_error));
}

EventLog::~EventLog() = default;

void EventLog::add(std::unique_ptr<Source> source) {
  if (source->advance()) {
    sources_.push_back(std::move(source));
    std::ranges::push_heap(sources_, kLater);
  } else {
    ended_.push_back(std::move(source));
  }
}

const LoggedEvent* EventLog::next() {
  if (given_) {  // its event was read, so it may move on
    std::ranges::pop_heap(sources_, kLater);
    std::unique_ptr<Source> source = std::move(sources_.back());
    sources_.pop_back();
    given_ = nullptr;
    add(std::move(source));
  }
  if (sources_.empty()) {
    const SkippedRows broken = skipped();
    if (broken.count > events_) {
      throw Error("of " + std::to_string(broken.count + events_) + " lines " +
                  std::to_string(broken.count) +
                  " cannot be read; the first: " + broken.examples.front().why);
    }
    return nullptr;
  }
  given_ = sources_.front().get();
  ++events_;
  return &given_->event();
}

SkippedRows EventLog::skipped() const {
  SkippedRows all;
  for (const auto* sources : {&ended_, &sources_}) {
    for (const auto& source : *sources) {
      all.count += source->skipped().count;
      for (const SkippedRow& row : source->skipped().examples) {
        if (all.examples.size() < 10) all.examples.push_back(row);
      }
    }
  }
  return all;
}

uint64_t EventLog::bytes_read() const {
  uint64_t sum = 0;
  for (const auto* sources : {&ended_, &sources_}) {
    for (const auto& source : *sources) sum += source->bytes().consumed();
  }
  return sum;
}

uint64_t EventLog::bytes_total() const {
  uint64_t sum = 0;
  for (const auto* sources : {&ended_, &sources_}) {
    for (const auto& source : *sources) {
      if (source->bytes().total() == 0) return 0;
      sum += source->bytes().total();
    }
  }
  return sum;
}

}  // namespace kaskad::ab
