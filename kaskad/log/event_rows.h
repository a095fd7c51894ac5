// Rows of text become events: the reader behind open_events(). Apart from it so that fuzzing and
// tests can read from memory.
#pragma once

#include <memory>
#include <string>

#include "kaskad/log/event_reader.h"

namespace kaskad {

// As open_events(), over `bytes`; `name` stands for the path. Every format but parquet.
std::unique_ptr<EventReader> open_events_in_memory(const std::string& bytes,
                                                   const std::string& name,
                                                   const LogOptions& options = {});

}  // namespace kaskad
