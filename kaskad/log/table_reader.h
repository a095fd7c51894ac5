// The contract of feature files: what is known of items or users beside the events, as a stream
// of batches of typed columns. dataset/ turns them into features over dense ids. Formats: csv,
// tsv, jsonl, parquet, movielens (movies.dat, users.dat), recbole (.item, .user), and attributes
// (one JSON object, {"item": [code, ...], ...}).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kaskad/log/event_reader.h"

namespace kaskad {

// Whose features a file holds; says which usual names its id column may have.
enum class TableOf { kItems, kUsers };

enum class FieldType {
  kCategorical,  // one text: at most one value a row
  kMultiValued,  // a list of texts
  kNumber,       // one finite number, NaN where the cell is empty
  kVector,       // `dimension` finite numbers, NaN in every place where the cell is empty
};

struct TableOptions {
  std::string format;     // as in LogOptions, or attributes; empty: told by name and content
  std::string delimiter;  // as in LogOptions
  TableOf of = TableOf::kItems;
  std::string key_column;           // empty: the usual names are looked for
  std::vector<std::string> fields;  // take only these; empty: all but the key
  // Types that the user states. Else what the file declares (RecBole header, Parquet, MovieLens);
  // else inferred from all rows: lists ("[..]", JSON arrays, a|b) are multi-valued, or vectors
  // when they are numbers with fractions and of one length; whole numbers of at most 32 distinct
  // values are codes and so categorical; other numbers are numbers; the rest is categorical.
  std::map<std::string, FieldType> types;
  OnError on_error = OnError::kFail;
  int threads = 2;
};

struct FieldInfo {
  std::string name;
  FieldType type = FieldType::kCategorical;
  bool declared = false;  // by the user or by the file; false: inferred
  size_t dimension = 1;   // of kVector
};

// One field of a batch; only the parts of its type are filled.
struct FieldBatch {
  // kCategorical, kMultiValued: values of row r are values[offsets[r] .. offsets[r + 1]), none
  // where unknown; never empty texts, no text twice in a row.
  std::vector<uint32_t> offsets;  // (rows + 1)
  std::vector<std::string_view> values;
  // kNumber, kVector: (rows, dimension), row-major.
  std::vector<float> numbers;
};

// Columns of equal length. The views live until the next call of next().
struct TableBatch {
  std::vector<std::string_view> key;  // ids as written, never empty; duplicates are not looked for
  std::vector<size_t> line;           // 1-based line or row of the file, for messages
  std::vector<FieldBatch> fields;     // one for each of TableReader::fields()

  size_t rows() const { return key.size(); }
};

// Reads one file from front to back (it was read once before to infer the types). Not
// thread-safe; may use threads inside.
class TableReader {
 public:
  virtual ~TableReader() = default;

  // Known from the start, in the order of the file.
  virtual const std::vector<FieldInfo>& fields() const = 0;
  virtual const std::string& key_name() const = 0;  // as the file calls it

  // Fills `batch` with the next rows (it is cleared first); false at the end.
  // Throws Error naming file, line and column on bad input.
  virtual bool next(TableBatch& batch) = 0;

  virtual const SkippedRows& skipped() const = 0;  // valid after the last batch
  virtual std::string description() const = 0;     // "csv, gzip, key movie_id"
};

std::unique_ptr<TableReader> open_table(const std::string& path, const TableOptions& options = {});

}  // namespace kaskad
