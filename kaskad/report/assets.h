// The style sheet and the script of every page, compiled in from report.css and report.js.
// Called by page.cc.
#pragma once

#include <string_view>

namespace kaskad::html {

extern const std::string_view kStyleSheet;
extern const std::string_view kScript;

}  // namespace kaskad::html
