// What the inputs and outputs of somebody's ONNX ranker mean: a TOML file that the user writes, and
// that lies in the bundle as it was written. docs/onnx.md describes it. Read by onnx_import.h,
// which makes the bundle, and by onnx_ranker.h, which loads it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kaskad/onnx/tensor.h"

namespace kaskad {

// One input of the graph.
struct OnnxInput {
  std::string name = {};
  std::string place = {};                 // "mapping.toml, line 7, key 'inputs.price.source'"
  std::string source = {};                // what it is filled from, by the names of onnx_sources.h
  std::string feature = {};               // of users, of items, or a column of the context
  std::vector<std::string> columns = {};  // of "features" and "counters"; none: all
  size_t values = 0;  // places for the categories of a row that may have several; 0: it has one
  std::optional<float> missing = {};     // stands where a number is not known; else NaN does
  std::optional<ElementType> type = {};  // what the user believes the graph declares
};

// One score: a column of an output.
struct OnnxHead {
  std::string name = {};
  std::string place = {};
  std::string output = {};            // empty: the only one that can be
  std::optional<size_t> column = {};  // none: the last one
  bool sigmoid = false;
  double weight = 1;  // in the final score
};

struct OnnxMapping {
  // A row is a candidate with what is known of its request: tensors are (candidates, ...). A list
  // is a request: (1, ...) of the request and (1, candidates, ...) of its candidates.
  enum class Style { kRows, kLists } style = Style::kRows;
  // Where the places without an event lie; kNone: there are as many places as events, at least one.
  enum class Padding { kLeft, kRight, kNone } padding = Padding::kRight;
  std::string graph = {};     // path of the file
  size_t history = 50;        // newest events
  std::string tokens = {};    // path of a list of words, one a line: the first is token 2
  size_t query_length = 8;    // tokens of a query
  std::string counters = {};  // directory of a counter store
  std::vector<OnnxInput> inputs = {};
  std::vector<OnnxHead> heads = {};

  bool reads(std::string_view source) const;  // whether an input is filled from it
};

// Paths in it are relative to `path`, which also stands in errors. Throws Error naming file, line
// and key, what was found and what is allowed.
OnnxMapping parse_onnx_mapping(std::string_view text, const std::string& path);

}  // namespace kaskad
