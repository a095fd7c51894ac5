#include "cli/make_impressions_options.h"

namespace kaskad::cli {
namespace {

void add_sampling_options(CLI::App& verb, MakeImpressionsArguments& a) {
  verb.add_option("--label-share", a.window.share,
                  "Share of the learned events that the training lists ask for; the retriever of "
                  "these lists learns what lies before")
      ->check(CLI::Range(0.001, 0.999))
      ->capture_default_str();
  verb.add_option("--lists-per-user", a.window.lists_per_user, "Training requests of a user")
      ->check(CLI::Range(1u, 100000u))
      ->capture_default_str();
  verb.add_option("--requests", a.requests,
                  "Training requests at events drawn from each user, or (splits at one time) at "
                  "the first event from each of --lists-per-user times on")
      ->check(CLI::IsMember({"events", "times"}))
      ->capture_default_str();
  verb.add_option("--horizon", a.window.horizon,
                  "A request is answered by the next so many events (0: as the split asks)")
      ->capture_default_str();
  verb.add_option("--hard", a.lists.hard,
                  "Training: retrieved items that were not taken, for each list (0: all)")
      ->capture_default_str();
  verb.add_option("--easy", a.lists.easy, "Training: further items of the catalogue")
      ->capture_default_str();
  verb.add_option("--easy-alpha", a.lists.easy_alpha, "Draw these by popularity^alpha (0: evenly)")
      ->check(CLI::Range(0.0, 4.0))
      ->capture_default_str();
  verb.add_flag("--add-positives", a.lists.add_positives,
                "Training: add answers that retrieval missed; without, lists with none are left "
                "out");
}

void add_impression_options(CLI::App& verb, MakeImpressionsArguments& a) {
  const std::string group = "Real impressions";
  verb.add_option("--impressions", a.impressions,
                  "Take the lists of these files, read as one log of real impressions, instead of "
                  "a retriever's; needs a split at one time, or hash:SHARE of the requests")
      ->type_name("PATH")
      ->group(group);
  verb.add_option("--form", a.form,
                  "long (request_id, item_id, and where known user_id, timestamp, query, "
                  "position, action) or trivago")
      ->check(CLI::IsMember({"long", "trivago"}))
      ->capture_default_str()
      ->group(group);
  const auto column_option = [&](const char* name, std::string& target, const char* help) {
    verb.add_option(name, target, help)->group(group);
  };
  ImpressionColumns& columns = a.log.columns;
  column_option("--request-column", columns.request, "Of the long form: name, or number from 1");
  column_option("--user-column", columns.user, "Name or number; none: nobody has a history");
  column_option("--item-column", columns.item, "Name, or number from 1");
  column_option("--time-column", columns.time,
                "Name or number; none: lists in the order of the file");
  column_option("--query-column", columns.query, "Name or number; none: no queries");
  column_option("--position-column", columns.position,
                "Name or number; none: the order of the file");
  column_option("--action-column", columns.action,
                "Actions by name, or true and false of the action that the column is called");
  verb.add_option("--known-items", a.known,
                  "Items that have an id in a list: taken (before the list), or catalogue (all of "
                  "the dataset, which must have whatever was shown)")
      ->check(CLI::IsMember({"taken", "catalogue"}))
      ->capture_default_str()
      ->group(group);
  verb.add_option("--first-position", a.log.first_position, "What the log calls the first place")
      ->check(CLI::Range(0u, 1000000u))
      ->capture_default_str()
      ->group(group);
}

}  // namespace

void add_make_impressions_options(CLI::App& verb, MakeImpressionsArguments& a) {
  verb.add_option("dataset", a.dataset, "Directory that `kaskad ingest` wrote")->required();
  verb.add_option("--split", a.split, "leave-one-out, global-time:0.1, ... as in `kaskad eval`")
      ->capture_default_str();
  verb.add_option("--retriever", a.retriever,
                  "directed, popularity, popularity-window:7d, or a bundle; bundles of matrices "
                  "and of popularity are fitted anew for each part")
      ->capture_default_str();
  verb.add_option("--candidates", a.lists.candidates, "Retrieved for each request")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  verb.add_option("--heads", a.lists.heads,
                  "Actions to label, or 'next' for whatever the user did next")
      ->delimiter(',')
      ->capture_default_str();
  verb.add_option("--counters", a.counters,
                  "What popularity may count, always before the request: learned (as the split "
                  "lets be learned), live (everything), auto (live for a split at one time)")
      ->check(CLI::IsMember({"auto", "learned", "live"}))
      ->capture_default_str();
  add_sampling_options(verb, a);
  add_impression_options(verb, a);
  verb.add_flag("--keep-seen", a.keep_seen, "Items of the history are candidates and answers too");
  verb.add_option("--seed", a.lists.seed, "Of requests and negatives")->capture_default_str();
  verb.add_option("--threads", a.lists.threads, "0: all")->check(CLI::Range(0, 1024));
  verb.add_flag("--json", a.json, "One JSON object on standard output");
  verb.add_option("-o,--output", a.output, "Directory for the lists")->required();
}

}  // namespace kaskad::cli
