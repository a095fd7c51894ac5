// Rows of text become typed columns: the reader behind open_table(). Apart from it so that
// fuzzing and tests can read from memory.
#pragma once

#include <memory>
#include <string>

#include "kaskad/log/table_reader.h"

namespace kaskad {

// As open_table(), over `bytes`; `name` stands for the path. Every format but parquet.
std::unique_ptr<TableReader> open_table_in_memory(const std::string& bytes, const std::string& name,
                                                  const TableOptions& options = {});

}  // namespace kaskad
