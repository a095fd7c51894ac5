// The parts of a layer on the page of `kaskad ab`. Private to ab_page.cc.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "kaskad/report/html.h"

namespace kaskad::html {

// A row for each metric and arm: the change against the control with its interval drawn.
Html ab_changes(const nlohmann::json& answer, const nlohmann::json& layer);

// Users of each arm beside those expected.
Html ab_arms(const nlohmann::json& layer);

// The deciding metric's change with its interval at the end of each day.
Html ab_course(const nlohmann::json& answer, const nlohmann::json& layer);

}  // namespace kaskad::html
