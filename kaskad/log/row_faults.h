// What happens to rows that cannot be read: thrown, or counted with the first few kept.
#pragma once

#include <string>

#include "kaskad/core/error.h"
#include "kaskad/log/event_reader.h"

namespace kaskad {

class RowFaults {
 public:
  RowFaults(const std::string& file, OnError on_error) : file_(file), on_error_(on_error) {}

  // Under kFail throws the Error. `describe` is called only when its text is needed; it returns
  // found and expected.
  template <class Describe>
  void add(size_t line, const std::string& column, Describe describe) {
    ++skipped_.count;
    if (on_error_ == OnError::kSkip && skipped_.examples.size() == kExamples) return;
    const auto [found, expected] = describe();
    const Error error = data_error(file_, line, column, found, expected);
    if (on_error_ == OnError::kFail) throw error;
    skipped_.examples.push_back({line, error.what()});
  }

  const SkippedRows& skipped() const { return skipped_; }

 private:
  static constexpr size_t kExamples = 10;

  std::string file_;
  OnError on_error_;
  SkippedRows skipped_;
};

}  // namespace kaskad
