// A request of the Open Inference Protocol without its arrays of values, which are by far the most
// of it: in their place stands the number of the array, from 0. So the rest is small enough for a
// tree, and values are read at once into the type that they have. Private to infer_request.cc.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kaskad {

struct SplitBody {
  std::string rest;
  std::vector<std::string_view> arrays;  // into the text, brackets included
};

// The lists behind "data" of the members of a list of the outermost object. Text that is no JSON
// stays as it is, for the parser of the rest.
SplitBody split_body(std::string_view text);

}  // namespace kaskad
