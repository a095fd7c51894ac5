// The registry of formats: each has a name, a test on the file's name and first lines, and a
// function that opens it as rows. A new format is one line in the table of format.cc.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kaskad/log/rows.h"
#include "kaskad/log/text_window.h"

namespace kaskad {

// What the user said about the rows, and what the caller needs of them.
struct RowOptions {
  std::string format, delimiter;
  HeaderLine header = HeaderLine::kAuto;
  bool quotes = true;
  bool numbered_columns = false;  // some column is asked for by number
  bool features = false;  // a feature table: lists are welcome, every column of the file counts
  int threads = 2;
};

// Opens the bytes of the file from their beginning, each time anew.
using OpenBytes = std::function<std::unique_ptr<ByteSource>()>;

// A file on its way to the format that will read it.
struct RowInput {
  std::string name;  // for messages
  std::string path;  // empty when it lies in memory
  OpenBytes open;
  RowOptions options;
  std::unique_ptr<TextWindow> text;  // at the first line; no bytes were dropped
};

// Rows of the file at `path`; throws Error when the format is unknown or not recognised.
std::unique_ptr<RowSource> open_rows(const std::string& path, const RowOptions& options);

// The same from memory, for fuzzing and tests; every format but parquet.
std::unique_ptr<RowSource> open_rows_in_memory(const std::string& bytes, const std::string& name,
                                               const RowOptions& options);

// The functions of the registry, each in the file of its name.
std::unique_ptr<RowSource> open_delimited(RowInput input);  // csv, tsv: header, quotes
std::unique_ptr<RowSource> open_movielens(RowInput input);  // delimited.cc
std::unique_ptr<RowSource> open_recbole(RowInput input);    // delimited.cc
std::unique_ptr<RowSource> open_sequence(RowInput input);
std::unique_ptr<RowSource> open_jsonl(RowInput input);
std::unique_ptr<RowSource> open_attributes(RowInput input);
std::unique_ptr<RowSource> open_parquet(RowInput input);

}  // namespace kaskad
