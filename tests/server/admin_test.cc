// Calls under /v1/admin: models read anew, had back, and what is kept of them.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "kaskad/core/error.h"
#include "kaskad/server/service.h"
#include "tests/cascade/fakes.h"
#include "tests/server/test_bundle.h"

namespace kaskad {
namespace {

using nlohmann::json;

class AdminTest : public testing::Test {
 protected:
  AdminTest() {
    builder_.retriever("a", {0, 1, 2, 3}, 4);
    service_ = std::make_unique<Service>(
        Bundles{.cascade = next()},
        ServiceOptions{.load = [this] { return load(); }, .live = {}, .write_token = "secret"});
  }

  // A cascade that bans another item each time, so that its version differs.
  std::shared_ptr<const Cascade> next() {
    builder_.config.text = "number " + std::to_string(++number_);
    builder_.config.banned = {"i" + std::to_string(number_ % 4)};
    const std::shared_ptr<const Cascade> cascade = builder_.build();
    made_.push_back(cascade);
    return cascade;
  }
  Bundles load() {
    loaded_on_.insert(std::this_thread::get_id());
    if (broken_) throw Error("'x/manifest.json' is damaged");
    return {.cascade = next()};
  }

  json admin(const std::string& method, const std::string& what, int status = 200) {
    HttpRequest request{method, "/v1/admin/" + what, "", ""};
    const std::string path = "/v1/admin/" + what;
    request.path = path;
    request.authorization = "Bearer secret";
    const HttpResponse response = service_->handle(request);
    EXPECT_EQ(response.status, status) << response.body;
    return json::parse(response.body);
  }
  std::string answering() {
    const HttpResponse response =
        service_->handle({"POST", "/v1/recommend", "", R"({"history": []})"});
    return json::parse(response.body)["version"];
  }

  CascadeBuilder builder_;
  int number_ = 0;
  bool broken_ = false;
  std::set<std::thread::id> loaded_on_;
  std::vector<std::weak_ptr<const Cascade>> made_;
  std::unique_ptr<Service> service_;
};

// Their memory lies in the arena of that thread, and is used again by the next.
TEST_F(AdminTest, AllModelsAreReadOnOneThreadWhoeverAsks) {
  for (int i = 0; i < 4; ++i) {
    std::thread([this] { admin("POST", "reload"); }).join();
  }
  service_->reload();
  EXPECT_EQ(loaded_on_.size(), 1U);
  EXPECT_FALSE(loaded_on_.contains(std::this_thread::get_id()));
}

TEST_F(AdminTest, AReloadServesWhatIsThereNowAndARollbackWhatWasBefore) {
  const std::string first = answering();
  const json reloaded = admin("POST", "reload");
  const std::string second = answering();
  EXPECT_NE(second, first);
  EXPECT_EQ(reloaded["serving"]["version"], second);
  EXPECT_EQ(reloaded["previous"]["version"], first);
  EXPECT_EQ(admin("GET", "versions"), reloaded);
  EXPECT_EQ(admin("POST", "rollback")["serving"]["version"], first);
  EXPECT_EQ(answering(), first);
  EXPECT_EQ(admin("POST", "rollback")["serving"]["version"], second) << "and forth again";
}

TEST_F(AdminTest, ModelsThatCannotBeServedDoNotTakeOver) {
  const std::string first = answering();
  broken_ = true;
  EXPECT_EQ(admin("POST", "reload", 422)["error"],
            "'x/manifest.json' is damaged; the older models go on answering");
  EXPECT_EQ(answering(), first);
  EXPECT_FALSE(admin("GET", "versions").contains("previous"));
  EXPECT_EQ(admin("POST", "rollback", 409)["error"],
            "found no earlier models, expected a reload before");
  EXPECT_NE(
      service_->handle({"GET", "/metrics", "", ""}).body.find("kaskad_failed_reloads_total 1"),
      std::string::npos);
}

TEST_F(AdminTest, OfManyExchangesTheLastTwoAreKept) {
  for (int i = 0; i < 100; ++i) admin("POST", "reload");
  size_t alive = 0;
  for (const auto& cascade : made_) alive += !cascade.expired();
  EXPECT_EQ(made_.size(), 101U);
  EXPECT_EQ(alive, 2U);
}

TEST_F(AdminTest, NeedsTheToken) {
  for (const auto& [method, path] :
       {std::pair("POST", "/v1/admin/reload"), std::pair("POST", "/v1/admin/rollback"),
        std::pair("GET", "/v1/admin/versions")}) {
    EXPECT_EQ(service_->handle({method, path, "", ""}).status, 401) << path;
  }
  Service open({.retriever = load_test_bundle()}, {});
  EXPECT_EQ(open.handle({"POST", "/v1/admin/reload", "", ""}).status, 403)
      << "a server without a token has no such calls";
}

}  // namespace
}  // namespace kaskad
