// The manifest.json of a directory that a job of spark/ wrote (docs/spark.md): which job it was,
// and how much it counted. Called by those who read its tables (cooc/counted_pairs.cc,
// counters/counted_cells.cc).
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace kaskad {

// Whether the directory has a manifest of this format.
bool holds_counted(const std::string& directory, const std::string& format);

// Gives the manifest to `read`. Throws Error when it is missing, is of another format or version,
// or lacks what `read` asks for.
void read_counted_manifest(const std::string& directory, const std::string& format, int version,
                           const std::function<void(const nlohmann::json&)>& read);

// Throws Error when the files of the directory hold another number of `what` than its manifest
// says.
void expect_counted(const std::string& directory, const char* what, uint64_t found,
                    uint64_t expected);

}  // namespace kaskad
