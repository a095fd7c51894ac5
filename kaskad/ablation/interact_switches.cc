// What InteractRank has beside other rankers, and the components that are entries of a list.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "kaskad/ablation/switches.h"

namespace kaskad {

using train::CrossingKind;
using train::LogqKind;
using train::Recipe;
using train::SessionKind;

namespace {

bool has_session(const Recipe& r) { return r.session != SessionKind::kNone; }
bool has_text(const Recipe& r) { return r.query_tokens || r.query_ids; }

// KEY=[...] with one entry of `list` left out.
template <typename T>
std::string all_but(const char* key, const std::vector<T>& list, const T& entry) {
  nlohmann::json left = nlohmann::json::array();
  for (const T& one : list) {
    if (one != entry) left.push_back(one);
  }
  return std::string(key) + "=" + left.dump();
}

// "7d", "all": as the counters' own columns are called.
std::string window_name(int64_t days) { return days == 0 ? "all" : std::to_string(days) + "d"; }

bool asks_query(const std::string& segment) { return segment.find("query") != std::string::npos; }

}  // namespace

const std::vector<Switch>& interact_switches() {
  static const std::vector<Switch> switches = {
      {"session", "the session: all that is known of the history", "session=none", has_session},
      {"session_encoder", "the session's Transformer; left is pooling", "session=pooled",
       [](const Recipe& r) { return r.session == SessionKind::kEncoder; }},
      {"position_pooling", "events weighed by their place", "position_pooling=false",
       [](const Recipe& r) { return has_session(r) && r.position_pooling; }},
      {"query_attention", "events weighed by the query", "query_attention=false",
       [](const Recipe& r) { return has_session(r) && has_text(r) && r.query_attention; }},
      {"time_embedding", "how long ago each event was", "time_embedding=false",
       [](const Recipe& r) { return has_session(r) && r.time_embedding; }, lacks_clock},
      {"query_tokens", "words of the query", "query_tokens=false",
       [](const Recipe& r) { return r.query_tokens; }, lacks_queries},
      {"query_ids", "the query as a whole", "query_ids=false",
       [](const Recipe& r) { return r.query_ids; }, lacks_queries},
      {"crossing", "crossing of what is known of a request", "crossing=none",
       [](const Recipe& r) { return r.crossing != CrossingKind::kNone; }},
      {"head_vectors", "a query vector for each head; left is one for all", "head_vectors=false",
       [](const Recipe& r) { return r.head_vectors; },
       [](const AblationData& data) -> std::string {
         return data.heads.size() > 1 ? "" : "does nothing here: these lists have one head";
       }},
      {"counter_logarithms", "counters by their magnitude", "counter_logarithms=false",
       [](const Recipe& r) { return !r.counters.empty() && r.counter_logarithms; }},
      {"retrieval_scores", "rank and score of the retriever", "retrieval_scores=false",
       [](const Recipe& r) { return r.retrieval_scores; }},
      {"softmax", "the in-batch softmax beside the heads' losses", "softmax_weight=0",
       [](const Recipe& r) { return r.softmax_weight > 0; }},
      {"logq", "LogQ correction of the in-batch softmax", "logq=none",
       [](const Recipe& r) { return r.softmax_weight > 0 && r.logq != LogqKind::kNone; }},
      {"hidden_share", "ids hidden in training", "hidden_share=0",
       [](const Recipe& r) { return r.hidden_share > 0; }},
  };
  return switches;
}

std::vector<Component> counter_components(const Recipe& recipe, const AblationData& data) {
  std::vector<Component> found;
  if (recipe.counters.size() > 1) {
    found.push_back({"counters", "all counters", {"counters=[]"}});
  }
  for (const std::string& segment : recipe.counters) {
    found.push_back({"counters." + segment,
                     "counters of " + segment,
                     {all_but("counters", recipe.counters, segment)},
                     asks_query(segment) ? lacks_queries(data) : ""});
  }
  if (recipe.counters.empty() || recipe.counter_windows.size() < 2) return found;
  for (const int64_t days : recipe.counter_windows) {
    const std::string what =
        days == 0 ? "counters of all time" : "counters of the last " + window_name(days);
    found.push_back({"window." + window_name(days),
                     what,
                     {all_but("counter_windows", recipe.counter_windows, days)},
                     lacks_clock(data)});
  }
  return found;
}

std::vector<Component> head_components(const Recipe& recipe, const AblationData& data) {
  std::vector<Component> found;
  std::vector<std::string> learned;
  for (const std::string& head : data.heads) {
    const auto weight = recipe.head_weights.find(head);
    if (weight == recipe.head_weights.end() || weight->second > 0) learned.push_back(head);
  }
  if (learned.size() < 2) return found;
  for (const std::string& head : learned) {
    found.push_back({"head." + head,
                     "the head " + head + ", in the loss and in the final score",
                     {"head_weights." + head + "=0"}});
  }
  return found;
}

}  // namespace kaskad
