// Servers behind the tests of the console: a cascade of models that a test breaks as it likes, with
// events, a token and models to go back to; and one with an experiment.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kaskad/cascade/cascade_arms.h"
#include "kaskad/client/http_client.h"
#include "kaskad/server/server.h"
#include "tests/cascade/fakes.h"
#include "tests/model/battery_log.h"
#include "tests/model/counting_retriever.h"
#include "tests/state/plain_store.h"

namespace kaskad {

inline ServerOptions console_options(std::function<Bundles()> load = {}) {
  ServerOptions options;
  options.http.port = 0;
  options.http.threads = 2;
  options.service.load = std::move(load);
  options.service.live =
      std::make_shared<LiveState>(std::make_unique<PlainStore>(StoreLimits()), nullptr);
  options.service.write_token = "secret";
  return options;
}

// Stages a, b, filter, rank, blend; "i1" is banned.
class BreakableServer {
 public:
  BreakableServer() {
    builder_.retriever("a", {0, 1, 2, 3}, 4);
    builder_.retriever("b", {3, 7}, 2);
    builder_.ranker("rank", {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 4);
    builder_.config.name = "shop";
    builder_.config.banned = {"i1"};
    server_ = std::make_unique<Server>(next(), console_options([this] { return next(); }));
    server_->start();
  }

  Server& server() { return *server_; }
  std::string url() const { return server_->url(); }
  std::shared_ptr<Behaviour> stage(const std::string& name) { return builder_.behaviour(name); }

  void recommend(size_t times) const {
    HttpClient client(parse_http_address(url()), std::chrono::seconds(60));
    for (size_t i = 0; i < times; ++i) client.post_json("/v1/recommend", R"({"history": ["i2"]})");
  }

 private:
  // Another version each time.
  Bundles next() {
    builder_.config.text = "number " + std::to_string(++number_);
    return {.cascade = builder_.build()};
  }

  CascadeBuilder builder_;
  int number_ = 0;
  std::unique_ptr<Server> server_;
};

// One layer "items": "plain" for half of the users, "other" for 40%; a tenth is held out.
class ExperimentServer {
 public:
  ExperimentServer() {
    register_retriever("counting", [](const std::string& from, const std::string&) {
      return CountingRetriever::load(from);
    });
    const auto model = CountingRetriever::fit(battery_dataset());
    BundleContents contents;
    contents.dataset = &battery_dataset();
    contents.history_end.assign(battery_dataset().num_users(), 6);
    contents.now = 130 * kDayMs;
    write_bundle(directory_ / "bundle", contents, *model,
                 [&](const std::string& place) { model->save(place); });
    const std::string base = directory_.write("base.toml", R"([[retriever]]
name = "count"
bundle = "bundle"
quota = 5
)");
    const std::string trial = directory_.write("experiment.toml", R"(name = "trial"
holdout = 0.1
[[layer]]
name = "items"
[[layer.arm]]
name = "plain"
share = 0.5
[[layer.arm]]
name = "other"
share = 0.4
set = { "blend.explore.share" = 0.25 }
)");
    Bundles bundles;
    bundles.arms = std::make_shared<CascadeArms>(ExperimentConfig::from_toml(trial), base,
                                                 std::make_shared<StageThreads>());
    bundles.cascade = bundles.arms->base();
    server_ = std::make_unique<Server>(std::move(bundles), console_options());
    server_->start();
  }

  std::string url() const { return server_->url(); }

 private:
  TempDir directory_;
  std::unique_ptr<Server> server_;
};

}  // namespace kaskad
