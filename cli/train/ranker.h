// `kaskad train-ranker neural`: the other verb of kaskad-train.
#pragma once

namespace kaskad::cli {

// The word that kaskad-train's arguments begin with for this verb.
inline constexpr const char* kTrainRankerWord = "ranker";

// argv[0] is that word. Returns the exit status.
int train_ranker_main(int argc, char** argv);

}  // namespace kaskad::cli
