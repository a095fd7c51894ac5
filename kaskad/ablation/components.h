// What a recipe has switched on and could do without: the rows of an ablation. Knows recipes and
// nothing of processes or of libtorch. Called by `kaskad ablate`.
#pragma once

#include <string>
#include <vector>

#include "kaskad/recipe/recipe.h"

namespace kaskad {

// What there is to learn from, as far as components need it.
struct AblationData {
  bool clock = true;                    // times say how long, not only in which order
  bool queries = false;                 // the lists have queries
  bool actions = false;                 // histories say what was done
  bool item_features = false;           // the dataset has any
  bool user_features = false;           // likewise
  std::vector<std::string> heads = {};  // of the lists; none for retrievers
};

struct Component {
  std::string name;                   // "query_attention", "counters.query:item", "head.buy"
  std::string words;                  // what it is, for a reader of the table
  std::vector<std::string> settings;  // KEY=VALUE of the recipe: what is left without it
  // Why nothing can be trained without it, or why it does nothing here; empty: it can be ablated.
  std::string obstacle = {};
};

// The components that `recipe` has on, in the order of the recipe's fields; those that are off
// already are not among them. Names are distinct. Throws Error when a setting does not parse, which
// is a fault of the table.
std::vector<Component> components_of(const train::Recipe& recipe, const AblationData& data);

// The recipe with the component's settings in place of its own. Throws Error like Recipe::set().
train::Recipe without(train::Recipe recipe, const Component& component);

// Those of `all` that `only` names (empty: all), less those that `leave` names. Throws Error on a
// name that is none of them, with the names there are, and on one that has an obstacle and is named
// in `only`.
std::vector<Component> chosen_components(const std::vector<Component>& all,
                                         const std::vector<std::string>& only,
                                         const std::vector<std::string>& leave);

// A name as a folder of the file system: what is neither letter, digit nor one of ._+- becomes "-".
std::string folder_name(const std::string& component);

}  // namespace kaskad
