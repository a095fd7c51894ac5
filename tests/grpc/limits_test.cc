// What one client may take, what it is told when it takes more, and how the server ends.
#include <grpcpp/generic/generic_stub.h>

#include <atomic>
#include <future>
#include <stdexcept>

#include "kaskad/core/error.h"
#include "tests/grpc/grpc_test_server.h"
#include "tests/server/test_bundle.h"
#include "tests/server/test_graph.h"

namespace kaskad {
namespace {

using std::chrono::system_clock;

class GrpcLimitsTest : public GrpcTest {
 protected:
  // A call on a thread of its own.
  std::future<grpc::Status> recommend_later(system_clock::time_point deadline = kNever) {
    return std::async(std::launch::async, [this, deadline] {
      grpc::ClientContext context;
      context.set_deadline(deadline);
      v1::RecommendRequest request;
      request.set_user_id("user-1");
      v1::RecommendResponse response;
      return recommender_->Recommend(&context, request, &response);
    });
  }
  bool counts(const std::string& method, int status) {
    return metrics().find("path=\"/kaskad.v1.Recommender/" + method + "\",status=\"" +
                          std::to_string(status) + "\"}") != std::string::npos;
  }
  // What grpc.health.v1 says of the whole server: bytes of HealthCheckResponse.
  std::string health() {
    grpc::GenericStub stub(
        grpc::CreateChannel(grpc_->address(), grpc::InsecureChannelCredentials()));
    grpc::ClientContext context;
    const grpc::Slice none;
    const grpc::ByteBuffer nothing(&none, 1);  // a message without fields
    grpc::ByteBuffer response;
    std::promise<grpc::Status> done;
    stub.UnaryCall(&context, "/grpc.health.v1.Health/Check", {}, &nothing, &response,
                   [&](const grpc::Status& status) { done.set_value(status); });
    const grpc::Status status = done.get_future().get();
    EXPECT_TRUE(status.ok()) << status.error_message();
    grpc::Slice bytes;
    EXPECT_TRUE(response.DumpToSingleSlice(&bytes).ok());
    return {reinterpret_cast<const char*>(bytes.begin()), bytes.size()};
  }

  static constexpr auto kNever = system_clock::time_point::max();
};

TEST_F(GrpcLimitsTest, ALargeBodyIsRefused) {
  HttpServerOptions http;
  http.limits.body_bytes = 1000;
  serve({.retriever = load_test_bundle()}, {}, http);
  v1::RecommendRequest request;
  request.set_user_id("user-1");
  v1::RecommendResponse response;
  EXPECT_TRUE(attempt(&RecommenderStub::Recommend, *recommender_, request, response).ok());
  request.add_exclude(std::string(1000, 'x'));
  EXPECT_EQ(attempt(&RecommenderStub::Recommend, *recommender_, request, response).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(GrpcLimitsTest, MoreWaitingCallsThanAllowedAreToldToComeLater) {
  HttpServerOptions http;
  http.threads = 1;
  http.limits.waiting_requests = 1;
  serve({.retriever = load_test_bundle()}, {}, http);
  std::future<grpc::Status> first, second;
  {
    const HeldRetrievals held;
    first = recommend_later();
    ASSERT_TRUE(comes([&] { return held.count() == 1; })) << "it has the only thread";
    second = recommend_later();  // waits, beside requests of HTTP
    std::string error;
    std::multimap<grpc::string_ref, grpc::string_ref> trailing;
    ASSERT_TRUE(comes([&] {
      grpc::ClientContext context;
      context.set_deadline(system_clock::now() + std::chrono::seconds(1));
      v1::RecommendRequest request;
      request.set_user_id("user-1");
      v1::RecommendResponse response;
      const auto status = recommender_->Recommend(&context, request, &response);
      if (status.error_code() != grpc::StatusCode::RESOURCE_EXHAUSTED) return false;
      error = status.error_message();
      const auto& metadata = context.GetServerTrailingMetadata();
      const auto retry = metadata.find("grpc-retry-pushback-ms");
      EXPECT_NE(retry, metadata.end());
      if (retry != metadata.end()) EXPECT_EQ(retry->second, "1000");
      return true;
    }));
    EXPECT_EQ(error, "found 1 requests waiting, expected fewer");
    EXPECT_EQ(post("/v1/recommend", R"({"user_id": "user-1"})").status, 429)
        << "HTTP waits in the same queue";
  }
  EXPECT_TRUE(first.get().ok());
  second.get();
  EXPECT_TRUE(counts("Recommend", 429));
}

TEST_F(GrpcLimitsTest, AClientHasOneRateOverBothTransports) {
  HttpServerOptions http;
  http.limits.rate = {.per_second = 0.01, .at_once = 2};
  serve({.retriever = load_test_bundle()}, {}, http);
  v1::RecommendRequest request;
  request.set_user_id("user-1");
  v1::RecommendResponse response;
  EXPECT_TRUE(attempt(&RecommenderStub::Recommend, *recommender_, request, response).ok());
  EXPECT_EQ(post("/v1/recommend", R"({"user_id": "user-1"})").status, 200);
  const grpc::Status third = attempt(&RecommenderStub::Recommend, *recommender_, request, response);
  EXPECT_EQ(third.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(third.error_message(),
            "found more requests of this client, expected at most 0.01 a second and 2 at once");
  EXPECT_TRUE(counts("Recommend", 429));
}

TEST_F(GrpcLimitsTest, ACallWhoseDeadlineIsOverIsNotComputed) {
  HttpServerOptions http;
  http.threads = 1;
  serve({.retriever = load_test_bundle()}, {}, http);
  // On a busy machine a short deadline may be over before the call has left the client.
  bool counted = false;
  for (auto patience = std::chrono::milliseconds(50); !counted && patience.count() < 10'000;
       patience *= 4) {
    std::future<grpc::Status> first;
    {
      const HeldRetrievals held;
      first = recommend_later();
      ASSERT_TRUE(comes([&] { return held.count() == 1; }));
      const auto late = recommend_later(system_clock::now() + patience).get();
      EXPECT_EQ(late.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
    }
    EXPECT_TRUE(first.get().ok());
    EXPECT_TRUE(recommend_later().get().ok()) << "which waits behind the late one";
    counted = counts("Recommend", 408);
  }
  EXPECT_TRUE(counted);
}

TEST_F(GrpcLimitsTest, OurOwnFaultIsLoggedAndNotTold) {
  std::mutex mutex;
  std::string logged;
  serve({.retriever = load_test_bundle()}, {.log = [&](const RequestRecord& record) {
          const std::lock_guard lock(mutex);
          if (record.status == 500)
            logged = std::string(record.path) + " " + std::string(record.error);
        }});
  throw_on_next_retrieve();
  const grpc::Status status = recommend_later().get();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INTERNAL);
  EXPECT_EQ(status.error_message(), "internal error; the server's log says more");
  {
    const std::lock_guard lock(mutex);
    EXPECT_EQ(logged, "/kaskad.v1.Recommender/Recommend thrown on purpose");
  }
  EXPECT_NE(metrics().find("kaskad_internal_errors_total 1"), std::string::npos);
  EXPECT_TRUE(recommend_later().get().ok());
}

TEST_F(GrpcLimitsTest, StoppingFinishesCallsInFlightAndTakesNoMore) {
  serve({.retriever = load_test_bundle()});
  EXPECT_EQ(health(), "\x08\x01") << "SERVING";
  std::future<grpc::Status> in_flight;
  std::future<void> stopped;
  {
    const HeldRetrievals held;
    in_flight = recommend_later();
    ASSERT_TRUE(comes([&] { return held.count() == 1; }));
    stopped = std::async(std::launch::async, [&] { grpc_->stop(); });
    EXPECT_TRUE(
        comes([&] { return TestClient(server_->port()).get("/v2/health/ready").status == 503; }));
    EXPECT_TRUE(comes([&] {
      return recommend_later(system_clock::now() + std::chrono::seconds(5)).get().error_code() ==
             grpc::StatusCode::UNAVAILABLE;
    }));
  }
  EXPECT_TRUE(in_flight.get().ok());
  stopped.get();
  grpc_->stop();  // once more does nothing
  EXPECT_EQ(post("/v1/recommend", R"({"user_id": "user-1"})").status, 200) << "HTTP ends after it";
}

TEST_F(GrpcLimitsTest, ADrainTimeThatIsOverCancelsWhatWaits) {
  HttpServerOptions http;
  http.threads = 1;
  http.limits.drain_time = std::chrono::milliseconds(50);
  serve({.retriever = load_test_bundle()}, {}, http);
  std::future<grpc::Status> first, second;
  std::future<void> stopped;
  {
    const HeldRetrievals held;
    first = recommend_later();
    ASSERT_TRUE(comes([&] { return held.count() == 1; }));
    second = recommend_later();
    stopped = std::async(std::launch::async, [&] { grpc_->stop(); });
    EXPECT_FALSE(second.get().ok()) << "does not wait for the one that hangs";
  }
  first.get();
  stopped.get();
}

TEST_F(GrpcLimitsTest, APortThatIsTakenIsAnError) {
  const TestGraph graph;
  serve({.onnx = graph.files()});
  try {
    const GrpcServer second(*server_, {.port = grpc_->port()});
    FAIL() << "two servers have the port";
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).find("cannot listen on 127.0.0.1:"), 0U) << error.what();
  }
}

}  // namespace
}  // namespace kaskad
