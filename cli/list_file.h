// The files that `kaskad recommend` writes: top-k lists as rows key, item, score, rank. Chunks
// are prepared by many threads and appended by one, in order. The file appears under its name
// only when it is complete.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kaskad/model/retriever.h"

namespace kaskad::cli {

struct ListChunk {
  std::vector<std::string_view> keys;  // (lists): the users, or the items
  std::vector<ScoredItem> rows;        // (lists, k), padded with kNoItem
  size_t k = 0;
};

struct ListFormat {
  std::string path;
  std::string key_column, item_column;  // "user_id", "item_id"
  std::function<std::string_view(ItemId)> item_name;
};

class ListFile {
 public:
  // What one chunk becomes: text, or columns.
  struct Prepared {
    virtual ~Prepared() = default;
    size_t rows = 0;
  };

  virtual ~ListFile() = default;
  virtual std::unique_ptr<Prepared> prepare(const ListChunk& chunk) const = 0;  // thread-safe
  virtual void append(const Prepared& prepared) = 0;
  // Gives the file its name; without it the destructor removes what was written.
  virtual void finish() = 0;
};

// By the ending of the path: .parquet, .tsv, or .csv. Throws Error for others.
std::unique_ptr<ListFile> create_list_file(const ListFormat& format);

std::unique_ptr<ListFile> create_text_list_file(const ListFormat& format, char delimiter);
std::unique_ptr<ListFile> create_parquet_list_file(const ListFormat& format);

}  // namespace kaskad::cli
