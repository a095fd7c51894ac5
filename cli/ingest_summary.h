// What ingest did, in a few lines for the terminal.
#pragma once

#include <string>

#include "kaskad/dataset/ingest.h"

namespace kaskad::cli {

std::string ingest_summary(const std::string& directory, const IngestResult& result);

}  // namespace kaskad::cli
