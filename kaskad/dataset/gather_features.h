// Feature files -> feature columns over dense ids. Rows of ids that the log does not know are
// counted and left out.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kaskad/dataset/feature_files.h"
#include "kaskad/log/table_reader.h"

namespace kaskad {

struct FeatureSource {
  std::string path;
  std::unique_ptr<TableReader> reader;
};

// What happened to the rows of one kind of feature files.
struct FeatureReport {
  std::vector<std::string> columns;  // names, in the order stored
  uint64_t rows = 0;                 // read
  uint64_t unknown = 0;              // of ids that the log does not have
  uint64_t without = 0;              // ids of the log in no file
  SkippedRows skipped;               // unreadable rows and repeated ids under OnError::kSkip
};

using FindId = std::function<std::optional<uint32_t>(std::string_view)>;

// Opens the files, so that a wrong path or an unreadable header is told before a long ingest.
// Throws Error when two files have a field of the same name.
std::vector<FeatureSource> open_features(const std::vector<std::string>& paths,
                                         const TableOptions& options);

// `ids` is the number of dense ids that `find` can return. An id that occurs twice in a file is an
// Error with both lines, or skipped under kSkip.
FeatureColumns gather_features(std::vector<FeatureSource>& sources, size_t ids, const FindId& find,
                               OnError on_error, FeatureReport& report);

}  // namespace kaskad
