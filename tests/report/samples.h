// Results as the commands write them, shaped like ML-1M; the figures are made up.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace kaskad {

nlohmann::json sample_grid();         // 640 variants, every optional part present
nlohmann::json sample_description();  // a log with clock times, ties and repeats

// `result` with every string in it replaced by `text`.
nlohmann::json with_every_text(nlohmann::json result, const std::string& text);

}  // namespace kaskad
