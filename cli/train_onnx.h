// kaskad train-ranker onnx: a ranker of one's own, trained elsewhere and exported as ONNX, becomes
// a bundle.
#pragma once

#include <CLI/CLI.hpp>

namespace kaskad::cli {

void add_onnx_ranker(CLI::App& train_ranker);

}  // namespace kaskad::cli
