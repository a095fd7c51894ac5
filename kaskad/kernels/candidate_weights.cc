#include "kaskad/kernels/candidate_weights.h"

#include <string>
#include <utility>

#include "kaskad/core/error.h"

namespace kaskad {
namespace {

void expect(const std::string& name, size_t found, size_t expected) {
  if (found == expected) return;
  throw Error("weights of a candidates' kernel, '" + name + "': found " + std::to_string(found) +
              " numbers, expected " + std::to_string(expected));
}

void check_linear(const std::string& name, const LinearWeights& map, size_t inputs,
                  size_t outputs) {
  expect(name + ".weight", map.weight.size(), inputs * outputs);
  expect(name + ".bias", map.bias.size(), outputs);
  expect(name + ".inputs", map.inputs, inputs);
}

void check_norm(const std::string& name, const NormWeights& norm, size_t dimension) {
  expect(name + ".scale", norm.scale.size(), dimension);
  expect(name + ".shift", norm.shift.size(), dimension);
}

}  // namespace

void CandidateWeights::check() const {
  const size_t d = dimension;
  if (d == 0 || heads == 0 || d % heads != 0) {
    throw Error("weights of a candidates' kernel: found dimension " + std::to_string(d) + " and " +
                std::to_string(heads) + " heads, expected a multiple of the heads");
  }
  if (layers.empty()) throw Error("weights of a candidates' kernel, 'layers': found none");
  if (tokens.empty()) throw Error("weights of a candidates' kernel, 'tokens': found none");
  expect("tokens", tokens.size(), num_tokens() * d);
  expect("gaps", gaps.size(), num_gaps() * d);
  for (size_t i = 0; i < layers.size(); ++i) {
    const CandidateLayer& layer = layers[i];
    const std::string name = "layer" + std::to_string(i) + ".";
    check_norm(name + "norm1", layer.norm1, d);
    check_norm(name + "norm2", layer.norm2, d);
    check_linear(name + "in", layer.in, d, 3 * d);
    check_linear(name + "out", layer.out, d, d);
    check_linear(name + "up", layer.up, d, layer.up.outputs);
    check_linear(name + "down", layer.down, layer.up.outputs, d);
  }
  check_norm("final_norm", final_norm, d);
  for (size_t i = 0; i < crosses.size(); ++i) {
    const CrossLayerWeights& cross = crosses[i];
    const std::string name = "cross" + std::to_string(i) + ".";
    const size_t rank = cross.down.outputs;
    if (rank > 0) check_linear(name + "down", cross.down, width(), rank);
    check_linear(name + "map", cross.map, rank > 0 ? rank : width(), width());
  }
  if (events.given()) {
    expect("events.begin", events.begin.size(), d);
    if (events.positions.empty()) expect("events.positions", 0, d);
    for (const auto& [name, table] :
         {std::pair("events.positions", &events.positions), std::pair("events.gaps", &events.gaps),
          std::pair("events.actions", &events.actions)}) {
      expect(name, table->size(), table->size() / d * d);
    }
  }
  check_linear("head_in", head_in, width(), d);
  check_linear("head_out", head_out, d, head_out.outputs);
}

}  // namespace kaskad
