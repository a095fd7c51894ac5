// What the kinds of index have in common behind vector_index.h: the report that the build fills in
// after it has measured, and the files of an index. Called by
// vector_index.cc, which builds and measures, and index_files.cc, which saves and loads.
#pragma once

#include "kaskad/retrieval/vector_index.h"

namespace kaskad {

class BuiltIndex : public VectorIndex {
 public:
  const IndexReport& report() const override { return report_; }
  void set_report(const IndexReport& report) { report_ = report; }

  // What the index holds beside the items.
  virtual size_t bytes() const = 0;

  // Writes the files that load_index() cannot make from the items in less time than it reads them.
  virtual void save_files(const std::string&) const {}

 private:
  IndexReport report_;
};

struct ItemRows {
  std::span<const float> rows;  // (count, dimension)
  size_t dimension;
  size_t count() const { return rows.size() / dimension; }
};

// Throws Error naming the row ("item 5") and the coordinate of the first value that is not finite.
void check_finite(const ItemRows& rows, const char* what);

// Without a report. Any kind but kAuto.
std::unique_ptr<BuiltIndex> make_index(IndexKind kind, const ItemRows& items,
                                       const IndexOptions& options);

}  // namespace kaskad
