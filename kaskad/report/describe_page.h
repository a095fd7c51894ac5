// The page of `kaskad ingest --describe`: what the log looks like, in plots and in words. Called
// by the cli with to_json(Description), whose keys kaskad/dataset/describe.h documents, plus
// optionally "kaskad", "command" and "created" for the footer. Parts that are missing are left
// out.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace kaskad {

// A whole HTML file. Throws Error when `description` is no JSON object.
std::string describe_page(const nlohmann::json& description);

}  // namespace kaskad
