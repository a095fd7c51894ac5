// openapi.json against the server itself: the same routes, and answers that have the shape that
// the document promises.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "kaskad/server/service.h"
#include "tests/cascade/fakes.h"
#include "tests/server/test_bundle.h"
#include "tests/server/test_graph.h"
#include "tests/server/test_ranker.h"
#include "tests/state/plain_store.h"

namespace kaskad {
namespace {

using nlohmann::json;

class OpenApiTest : public testing::Test {
 protected:
  HttpResponse ask(const std::string& method, const std::string& path, const std::string& query,
                   const std::string& body) {
    HttpRequest request{method, path, query, body};
    request.authorization = authorization_;
    return service_.handle(request);
  }

  const json& resolve(const json& node) const {
    if (!node.contains("$ref")) return node;
    const std::string pointer = node["$ref"].get<std::string>().substr(1);
    return document_.at(json::json_pointer(pointer));
  }

  // The schema of an answer, or null where the document has no such status.
  const json* schema_of(const std::string& method, const std::string& path, int status) const {
    const json& responses = document_.at("paths").at(path).at(method).at("responses");
    const auto response = responses.find(std::to_string(status));
    if (response == responses.end()) return nullptr;
    return &resolve(*response).at("content").begin()->at("schema");
  }

  // As much of JSON Schema as the document uses.
  void expect_valid(const json& value, const json& unresolved, const std::string& where) const {
    const json& schema = resolve(unresolved);
    if (schema.contains("oneOf")) return;  // only in requests
    const std::string type = schema.at("type");
    EXPECT_TRUE(has_type(value, type)) << where << ": " << value << " is no " << type;
    if (type == "array" && value.is_array()) {
      for (const json& element : value) expect_valid(element, schema.at("items"), where + "[]");
    }
    if (type != "object" || !schema.contains("properties")) return;
    const json& properties = schema["properties"];
    for (const json& name : schema["required"]) {
      EXPECT_TRUE(value.contains(name)) << where << " lacks " << name;
    }
    for (const auto& [name, member] : value.items()) {
      ASSERT_TRUE(properties.contains(name)) << where << " has " << name << ", the document not";
      expect_valid(member, properties[name], where + "." + name);
    }
  }

  static bool has_type(const json& value, const std::string& type) {
    if (type == "integer") return value.is_number_integer();
    if (type == "number") return value.is_number();
    if (type == "boolean") return value.is_boolean();
    if (type == "string") return value.is_string();
    return type == "array" ? value.is_array() : value.is_object();
  }

  // One whose ranker fails, so that something is degraded.
  static std::shared_ptr<const Cascade> small_cascade() {
    static CascadeBuilder builder;
    if (builder.config.retrievers.empty()) {
      builder.retriever("a", {0, 1, 2}, 3);
      builder.ranker("prerank", {1, 2, 3}, 2);
      builder.ranker("rank", {1, 2, 3}, 2);
      builder.config.banned = {"i1"};
      builder.behaviour("rank")->mood = Mood::kThrows;
    }
    return builder.build();
  }

  std::string authorization_ = "Bearer secret";
  const TestGraph graph_;
  Service service_{
      {.retriever = load_test_bundle(), .ranker = test_ranker(), .onnx = graph_.files()},
      {.live = std::make_shared<LiveState>(std::make_unique<PlainStore>(StoreLimits()), nullptr),
       .write_token = "secret"}};
  const json document_ = json::parse(ask("GET", "/openapi.json", "", "").body);
};

TEST_F(OpenApiTest, NamesExactlyTheRoutes) {
  std::set<std::string> served, documented;
  for (const Route& route : service_.router().routes()) {
    std::string method = route.method;
    for (char& c : method) c = static_cast<char>(std::tolower(c));
    served.insert(method + " " + route.pattern);
  }
  for (const auto& [path, methods] : document_.at("paths").items()) {
    for (const auto& [method, operation] : methods.items()) documented.insert(method + " " + path);
  }
  EXPECT_EQ(served, documented);
}

TEST_F(OpenApiTest, EveryReferenceLeadsSomewhere) {
  const json flat = document_.flatten();
  for (const auto& [pointer, value] : flat.items()) {
    if (!pointer.ends_with("/$ref")) continue;
    EXPECT_TRUE(document_.contains(json::json_pointer(value.get<std::string>().substr(1))))
        << value;
  }
}

TEST_F(OpenApiTest, AnswersHaveTheDocumentedShape) {
  struct Question {
    std::string method, pattern, path, query, body;
    int status;
  };
  const std::string recommend = "/v1/recommend", rank = "/v1/rank",
                    similar = "/v1/items/{id}/similar", model = "/v2/models/{name}";
  const Question questions[] = {
      {"post", recommend, recommend, "", R"({"history": ["item-4", "x"], "explain": true})", 200},
      {"post", recommend, recommend, "", R"({"user_id": "user-1"})", 200},
      {"post", recommend, recommend, "", "{", 400},
      {"post", rank, rank, "",
       R"({"history": ["y"], "candidates": ["item-4", "x"], "heads": true})", 200},
      {"post", rank, rank, "", R"({"user_id": "user-1", "candidates": [3]})", 200},
      {"post", rank, rank, "", "{", 400},
      {"get", "/v1/items", "/v1/items", "prefix=title", "", 200},
      {"get", "/v1/items", "/v1/items", "limit=x", "", 400},
      {"get", similar, "/v1/items/item-4/similar", "", "", 200},
      {"get", similar, "/v1/items/item-4/similar", "k=0", "", 400},
      {"get", similar, "/v1/items/nothing/similar", "", "", 404},
      {"get", "/v1/users/{id}", "/v1/users/user-1", "", "", 200},
      {"get", "/v1/users/{id}", "/v1/users/nobody", "", "", 404},
      {"delete", "/v1/users/{id}", "/v1/users/user-2", "", "", 200},
      {"post", "/v1/events", "/v1/events", "",
       R"({"events": [{"user_id": 1, "item_id": "item-1"}]})", 200},
      {"post", "/v1/events", "/v1/events", "", "{}", 400},
      {"get", "/v1/admin/versions", "/v1/admin/versions", "", "", 200},
      {"post", "/v1/admin/reload", "/v1/admin/reload", "", "", 422},
      {"post", "/v1/admin/rollback", "/v1/admin/rollback", "", "", 409},
      {"get", "/v1/items/{id}", "/v1/items/item-4", "", "", 200},
      {"get", "/v1/items/{id}", "/v1/items/nothing", "", "", 404},
      {"get", "/v1/served", "/v1/served", "", "", 200},
      {"get", "/v1/health/checks", "/v1/health/checks", "", "", 200},
      {"get", "/v1/experiment/users/{id}", "/v1/experiment/users/u", "", "", 404},
      {"get", "/console/{file}", "/console/nothing", "", "", 404},
      {"get", "/v2/health/live", "/v2/health/live", "", "", 200},
      {"get", "/v2/health/ready", "/v2/health/ready", "", "", 200},
      {"get", "/v2", "/v2", "", "", 200},
      {"get", model, "/v2/models/sum", "", "", 200},
      {"get", model, "/v2/models/other", "", "", 404},
      {"get", model + "/ready", "/v2/models/sum/ready", "", "", 200},
      {"get", model + "/config", "/v2/models/sum/config", "", "", 200},
      {"post", model + "/infer", "/v2/models/sum/infer", "", TestGraph::request(), 200},
      {"post", model + "/infer", "/v2/models/sum/infer", "", "{}", 400},
      {"get", model + "/stats", "/v2/models/sum/stats", "", "", 200},
      {"get", "/v2/models/stats", "/v2/models/stats", "", "", 200},
      {"post", "/v2/repository/index", "/v2/repository/index", "", "", 200},
  };
  for (const Question& question : questions) {
    std::string method = question.method;
    for (char& c : method) c = static_cast<char>(std::toupper(c));
    const HttpResponse response = ask(method, question.path, question.query, question.body);
    ASSERT_EQ(response.status, question.status) << response.body;
    const json* schema = schema_of(question.method, question.pattern, response.status);
    ASSERT_NE(schema, nullptr) << question.path << " answers an undocumented " << response.status;
    expect_valid(json::parse(response.body), *schema, question.path);
  }
}

TEST_F(OpenApiTest, WithoutTheTokenNothingIsWritten) {
  authorization_ = "";
  for (const auto& [method, pattern, path] :
       {std::tuple("post", "/v1/events", "/v1/events"),
        std::tuple("delete", "/v1/users/{id}", "/v1/users/user-1")}) {
    const HttpResponse response =
        ask(method == std::string("post") ? "POST" : "DELETE", path, "", "{}");
    ASSERT_EQ(response.status, 401);
    const json* schema = schema_of(method, pattern, 401);
    ASSERT_NE(schema, nullptr) << path;
    expect_valid(json::parse(response.body), *schema, path);
  }
}

TEST_F(OpenApiTest, RequestFieldsAreThoseThatTheParserKnows) {
  for (const auto& [path, name] :
       {std::pair("/v1/recommend", "RecommendRequest"), std::pair("/v1/rank", "RankRequest"),
        std::pair("/v1/search", "SearchRequest"), std::pair("/v1/explain", "ExplainRequest"),
        std::pair("/v2/models/sum/infer", "InferRequest")}) {
    if (path == std::string("/v1/search")) {
      service_.replace({.cascade = small_cascade(), .onnx = graph_.files()});
    }
    const std::string why = json::parse(ask("POST", path, "", R"({"?": 1})").body)["error"];
    std::string fields;
    const json& schema = document_["components"]["schemas"][name];
    for (const auto& [field, property] : schema["properties"].items()) {
      fields += (fields.empty() ? "" : ", ") + field;
    }
    EXPECT_EQ(why, "found the unknown field '?', expected one of: " + fields);
  }
}

TEST_F(OpenApiTest, ACascadesAnswersHaveTheDocumentedShape) {
  service_.replace({.cascade = small_cascade()});
  for (const auto& [path, body] :
       {std::pair("/v1/recommend", R"({"history": ["i2", "x"], "sources": true})"),
        std::pair("/v1/search", R"({"user_id": "u", "query": "shoes"})"),
        std::pair("/v1/search", "{}"),
        std::pair("/v1/explain", R"({"history": [], "k": 2, "item_id": "i2"})"),
        std::pair("/v1/explain", R"({"user_id": "u", "query": "shoes"})"),
        std::pair("/v1/explain", R"({"history": ["i2"], "explain": true})")}) {
    const HttpResponse response = ask("POST", path, "", body);
    const json* schema = schema_of("post", path, response.status);
    ASSERT_NE(schema, nullptr) << path << " answers an undocumented " << response.status;
    expect_valid(json::parse(response.body), *schema, path);
  }
  for (const auto& [pattern, path] :
       {std::pair("/v1/served", "/v1/served"), std::pair("/v1/health/checks", "/v1/health/checks"),
        std::pair("/v1/items/{id}", "/v1/items/i2")}) {
    expect_valid(json::parse(ask("GET", path, "", "").body), *schema_of("get", pattern, 200), path);
  }
}

TEST_F(OpenApiTest, WhatIsNotServedIsDocumentedToo) {
  service_.replace({.ranker = test_ranker()});
  for (const auto& [method, path] :
       {std::pair("post", "/v1/recommend"), std::pair("post", "/v1/search"),
        std::pair("post", "/v1/explain"), std::pair("get", "/v1/items")}) {
    const HttpResponse response =
        ask(method == std::string("get") ? "GET" : "POST", path, "", "{}");
    ASSERT_EQ(response.status, 404);
    const json* schema = schema_of(method, path, 404);
    ASSERT_NE(schema, nullptr) << path;
    expect_valid(json::parse(response.body), *schema, path);
  }
}

TEST_F(OpenApiTest, IsNotReadyWhenItSaysSo) {
  service_.set_ready(false);
  EXPECT_EQ(ask("GET", "/v2/health/ready", "", "").status, 503);
  EXPECT_EQ(ask("GET", "/v2/health/live", "", "").status, 200);
}

}  // namespace
}  // namespace kaskad
