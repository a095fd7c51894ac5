#include "kaskad/server/http_server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "kaskad/core/error.h"
#include "tests/server/test_client.h"

namespace kaskad {
namespace {

using namespace std::chrono_literals;

HttpResponse text(int status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

// Echoes what the transport understood; "/slow" takes 300 ms, "/held" as long as the test likes,
// on a worker both.
class HttpServerTest : public testing::Test {
 protected:
  void start(HttpServerOptions options = {}) {
    options.port = 0;
    options.threads = 2;
    HttpCallbacks callbacks;
    callbacks.handle = [this](const HttpRequest& request) {
      ++handled_;
      if (request.path == "/slow") std::this_thread::sleep_for(300ms);
      if (request.path == "/held") held_.wait(true);
      return text(200, std::string(request.method) + " " + std::string(request.path) + " ? " +
                           std::string(request.query) + " " + std::string(request.body));
    };
    callbacks.lane = [](const HttpRequest& request) {
      const bool slow = request.path == "/slow" || request.path == "/held";
      return slow ? Lane::kCompute : Lane::kSocket;
    };
    callbacks.refuse = [](int status, const std::string& why) { return text(status, why); };
    callbacks.connections_changed = [this](size_t open) { open_ = open; };
    server_ = std::make_unique<HttpServer>(options, callbacks);
    server_->start();
  }

  uint16_t port() const { return server_->port(); }

  bool wait_until(const std::function<bool()>& holds) const {
    for (int i = 0; i < 300 && !holds(); ++i) std::this_thread::sleep_for(10ms);
    return holds();
  }

  void TearDown() override { release(); }
  void release() {
    held_ = false;
    held_.notify_all();
  }

  std::atomic<size_t> handled_{0}, open_{0};
  std::atomic<bool> held_{true};
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, AnswersManyRequestsOnOneConnection) {
  start();
  TestClient client(port());
  for (int i = 0; i < 20; ++i) {
    const Answer answer = client.post("/a/b?x=1&y", "body " + std::to_string(i));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "POST /a/b ? x=1&y body " + std::to_string(i));
  }
  EXPECT_EQ(open_, 1u);
}

TEST_F(HttpServerTest, AnswersPipelinedRequestsInOrder) {
  start();
  TestClient client(port());
  std::string requests;
  for (int i = 0; i < 50; ++i) {
    requests += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: t\r\n\r\n";
  }
  client.send(requests);
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(client.read().body, "GET /" + std::to_string(i) + " ?  ");
  }
}

TEST_F(HttpServerTest, AnswersHeadLikeGetWithoutTheBody) {
  start();
  TestClient client(port());
  client.send("HEAD /x HTTP/1.1\r\nHost: t\r\n\r\n");
  const Answer answer = client.read(false);
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(answer.has("Content-Length: 10")) << answer.header;  // "GET /x ?  "
  EXPECT_EQ(client.get("/y").body, "GET /y ?  ");
}

TEST_F(HttpServerTest, ClosesWhenTheClientAsksForIt) {
  start();
  TestClient client(port());
  client.send("GET / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(client.read().status, 200);
  EXPECT_TRUE(client.closed_within(1s));
}

TEST_F(HttpServerTest, ReadsAChunkedBody) {
  start();
  TestClient client(port());
  client.send("POST /c HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n");
  client.send("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  EXPECT_EQ(client.read().body, "POST /c ?  abcde");
}

TEST_F(HttpServerTest, TellsAWaitingClientToContinue) {
  start();
  TestClient client(port());
  client.send("POST /e HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.read().status, 100);
  client.send("ok");
  EXPECT_EQ(client.read().body, "POST /e ?  ok");
}

TEST_F(HttpServerTest, AnswersAHalfClosedClient) {
  start();
  TestClient client(port());
  client.send("GET /h HTTP/1.1\r\nHost: t\r\n\r\n");
  client.finish_sending();
  EXPECT_EQ(client.read().body, "GET /h ?  ");
  EXPECT_TRUE(client.closed_within(1s));
}

TEST_F(HttpServerTest, ForgetsAClientThatLeavesInTheMiddle) {
  start();
  {
    TestClient client(port());
    client.send("POST /gone HTTP/1.1\r\nHost: t\r\nContent-Length: 100\r\n\r\nhalf");
    EXPECT_TRUE(wait_until([&] { return open_ == 1; }));
  }
  EXPECT_TRUE(wait_until([&] { return open_ == 0; }));
  EXPECT_EQ(handled_, 0u);
}

TEST_F(HttpServerTest, RefusesWhatIsNoHttp) {
  start();
  for (const char* bytes :
       {"nonsense\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
        "GET / HTTP/1.1\r\nbad header\r\n\r\n", "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "\x16\x03\x01\x02\x01\r\n"}) {
    TestClient client(port());
    client.send(bytes);
    const Answer answer = client.read();
    EXPECT_EQ(answer.status, 400) << bytes;
    EXPECT_TRUE(answer.body.starts_with("the request is no HTTP/1.1: ")) << answer.body;
    EXPECT_TRUE(client.closed_within(2s));
  }
  EXPECT_EQ(handled_, 0u);
}

TEST_F(HttpServerTest, RefusesALargeBodyByItsAnnouncement) {
  HttpServerOptions options;
  options.limits.body_bytes = 1000;
  start(options);
  TestClient client(port());
  client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 1001\r\n\r\n");
  const Answer answer = client.read();
  EXPECT_EQ(answer.status, 413);
  EXPECT_EQ(answer.body, "found a larger body, expected at most 1000 bytes");
  TestClient other(port());
  EXPECT_EQ(other.post("/", std::string(1000, 'x')).status, 200);
}

TEST_F(HttpServerTest, RefusesALargeChunkedBodyWhileItComes) {
  HttpServerOptions options;
  options.limits.body_bytes = 1000;
  start(options);
  TestClient client(port());
  client.send("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 40; ++i) client.send("40\r\n" + std::string(64, 'x') + "\r\n");
  EXPECT_EQ(client.read().status, 413);
}

// The client sends everything before it reads: the response must survive that.
TEST_F(HttpServerTest, AnswersAClientThatSendsOnAfterTheRefusal) {
  HttpServerOptions options;
  options.limits.body_bytes = 1000;
  start(options);
  TestClient client(port());
  EXPECT_EQ(client.post("/", std::string(2'000'000, 'x')).status, 413);
}

TEST_F(HttpServerTest, RefusesALargeHeader) {
  HttpServerOptions options;
  options.limits.header_bytes = 2000;
  start(options);
  TestClient client(port());
  client.send("GET / HTTP/1.1\r\nHost: t\r\nX: " + std::string(5000, 'x') + "\r\n\r\n");
  EXPECT_EQ(client.read().status, 431);
}

TEST_F(HttpServerTest, GivesUpOnASlowHeader) {
  HttpServerOptions options;
  options.limits.header_time = 200ms;
  start(options);
  TestClient client(port());
  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) {  // a byte now and then does not buy more time
    if (!client.send(i == 0 ? "G" : "E")) break;
    std::this_thread::sleep_for(20ms);
  }
  EXPECT_EQ(client.read().status, 408);
  EXPECT_TRUE(client.closed_within(2s));
  EXPECT_LT(std::chrono::steady_clock::now() - began, 3s);
}

TEST_F(HttpServerTest, GivesUpOnASlowBody) {
  HttpServerOptions options;
  options.limits.body_time = 150ms;
  start(options);
  TestClient client(port());
  client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_EQ(client.read().status, 408);
  EXPECT_EQ(handled_, 0u);
}

TEST_F(HttpServerTest, ClosesAnIdleConnectionWithoutAWord) {
  HttpServerOptions options;
  options.limits.idle_time = 150ms;
  start(options);
  TestClient client(port());
  EXPECT_EQ(client.get("/").status, 200);
  EXPECT_TRUE(client.closed_within(2s));
}

TEST_F(HttpServerTest, TurnsAwayOneConnectionTooMany) {
  HttpServerOptions options;
  options.limits.connections = 3;
  start(options);
  std::vector<std::unique_ptr<TestClient>> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(std::make_unique<TestClient>(port()));
    EXPECT_EQ(clients.back()->get("/").status, 200);
  }
  {
    TestClient fourth(port());
    const Answer answer = fourth.read();
    EXPECT_EQ(answer.status, 503);
    EXPECT_TRUE(answer.has("Retry-After: 1")) << answer.header;
    EXPECT_TRUE(fourth.closed_within(2s));
  }
  EXPECT_EQ(clients[0]->get("/").status, 200);
  clients.pop_back();
  EXPECT_TRUE(wait_until([&] { return open_ == 2; }));
  EXPECT_EQ(TestClient(port()).get("/").status, 200);
}

TEST_F(HttpServerTest, ServesManyConnectionsAtOnce) {
  start();
  std::vector<std::thread> threads;
  std::atomic<int> right{0};
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int c = 0; c < 10; ++c) {
        TestClient client(port());
        const std::string target = "/" + std::to_string(t) + "-" + std::to_string(c);
        for (int i = 0; i < 5; ++i) right += client.get(target).body == "GET " + target + " ?  ";
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 8 * 10 * 5);
}

constexpr const char* kHeld = "GET /held HTTP/1.1\r\nHost: t\r\n\r\n";

// As many long requests as there are workers, and one more that waits: others are answered.
TEST_F(HttpServerTest, AnswersShortRequestsWhileLongOnesRun) {
  start();
  TestClient first(port()), second(port()), third(port()), health(port());
  for (TestClient* client : {&first, &second, &third}) client->send(kHeld);
  ASSERT_TRUE(wait_until([&] { return handled_ == 2; }));
  EXPECT_EQ(health.get("/health").body, "GET /health ?  ");
  EXPECT_EQ(handled_, 3u);  // the third long one still waits
  release();
  for (TestClient* client : {&first, &second, &third}) {
    EXPECT_EQ(client->read().body, "GET /held ?  ");
    EXPECT_EQ(client->get("/more").status, 200);
  }
}

TEST_F(HttpServerTest, RefusesLongRequestsWhenTooManyWait) {
  HttpServerOptions options;
  options.limits.waiting_requests = 1;
  start(options);
  TestClient first(port()), second(port()), waiting(port()), refused(port());
  first.send(kHeld);
  ASSERT_TRUE(wait_until([&] { return handled_ == 1; }));
  second.send(kHeld);
  ASSERT_TRUE(wait_until([&] { return handled_ == 2; }));
  waiting.send(kHeld);
  std::this_thread::sleep_for(50ms);
  refused.send(kHeld);
  const Answer answer = refused.read();
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(answer.body, "found 1 requests waiting, expected fewer");
  EXPECT_TRUE(answer.has("Retry-After: 1")) << answer.header;
  EXPECT_EQ(refused.get("/more").status, 200);  // and may stay
  release();
  EXPECT_EQ(waiting.read().body, "GET /held ?  ");
}

// Nobody waits for a megabyte that will not be looked at.
TEST_F(HttpServerTest, RefusesALargeBodyBeforeItComesWhenTooManyWait) {
  HttpServerOptions options;
  options.limits.waiting_requests = 1;
  start(options);
  TestClient first(port()), second(port()), waiting(port()), health(port());
  EXPECT_EQ(waiting.get("/x").status, 200);  // its connection is there
  first.send(kHeld);
  ASSERT_TRUE(wait_until([&] { return handled_ == 2; }));  // else the next could find it waiting
  second.send(kHeld);
  ASSERT_TRUE(wait_until([&] { return handled_ == 3; }));
  waiting.send(kHeld);
  for (int i = 0; i < 2; ++i) health.get("/health");  // behind it on the thread of the sockets
  for (const char* expect : {"", "Expect: 100-continue\r\n"}) {
    TestClient refused(port());
    refused.send("POST /held HTTP/1.1\r\nHost: t\r\n" + std::string(expect) +
                 "Content-Length: 500000\r\n\r\n");
    const Answer answer = refused.read();
    EXPECT_EQ(answer.status, 429) << answer.header;
    EXPECT_TRUE(answer.has("Retry-After: 1")) << answer.header;
    EXPECT_TRUE(refused.closed_within(3s));
  }
  // A small one is read, so that the connection may stay.
  TestClient small(port());
  EXPECT_EQ(small.post("/held", std::string(1000, 'x')).status, 429);
  EXPECT_EQ(small.get("/more").status, 200);
  // Requests that nobody waits for are none of this.
  EXPECT_EQ(health.post("/echo", std::string(200'000, 'x')).status, 200);
  release();
  EXPECT_EQ(waiting.read().body, "GET /held ?  ");
}

// A long request is no slow client: the deadlines of reading do not apply to it.
TEST_F(HttpServerTest, WaitsForALongRequestWhateverTheClientsDeadlines) {
  HttpServerOptions options;
  options.limits.header_time = options.limits.body_time = options.limits.response_time = 50ms;
  options.limits.idle_time = 5000ms;
  start(options);
  TestClient client(port());
  EXPECT_EQ(client.get("/slow").body, "GET /slow ?  ");
  EXPECT_EQ(client.get("/more").status, 200);
}

TEST_F(HttpServerTest, FinishesTheRequestInFlightWhenStopping) {
  start();
  TestClient busy(port()), idle(port());
  EXPECT_EQ(idle.get("/").status, 200);
  busy.send("GET /slow HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_TRUE(wait_until([&] { return handled_ == 2; }));
  const uint16_t was = port();
  std::thread stopping([&] { server_->stop(); });
  EXPECT_TRUE(idle.closed_within(2s));
  const Answer answer = busy.read();
  EXPECT_EQ(answer.status, 200);
  busy.finish_sending();
  stopping.join();
  EXPECT_THROW(TestClient{was}, std::runtime_error);
}

TEST_F(HttpServerTest, StopsAtTheDeadlineWhateverClientsDo) {
  HttpServerOptions options;
  options.limits.drain_time = 200ms;
  start(options);
  TestClient stuck(port());
  stuck.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_TRUE(wait_until([&] { return open_ == 1; }));
  const auto began = std::chrono::steady_clock::now();
  server_->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - began, 2s);
  EXPECT_TRUE(stuck.closed_within(1s));
}

TEST_F(HttpServerTest, SaysWhichAddressItCannotHave) {
  start();
  HttpServerOptions options;
  options.port = port();
  try {
    HttpServer second(options, {});
    FAIL() << "two servers on one port";
  } catch (const Error& error) {
    EXPECT_EQ(error.what(), "cannot listen on '127.0.0.1:" + std::to_string(port()) +
                                "': Address already in use");
  }
  options.host = "no such host";
  EXPECT_THROW(HttpServer(options, {}), Error);
}

TEST_F(HttpServerTest, MayBeDestroyedUnstarted) {
  HttpServerOptions options;
  options.port = 0;
  HttpServer never(options, {});
  EXPECT_EQ(never.url(), "http://127.0.0.1:" + std::to_string(never.port()));
}

TEST_F(HttpServerTest, AClientThatSendsTooManyIsToldWhenToComeAgain) {
  HttpServerOptions options;
  options.limits.rate = {.per_second = 0.01, .at_once = 2};
  start(options);
  TestClient client(port());
  EXPECT_EQ(client.get("/slow").status, 200);
  EXPECT_EQ(client.post("/slow", "x").status, 200);
  const Answer third = client.post("/slow", "x");
  EXPECT_EQ(third.status, 429);
  EXPECT_TRUE(third.has("Retry-After: 100")) << third.header;  // 1 / 0.01 s
  EXPECT_EQ(third.body,
            "found more requests of this client, expected at most 0.01 a second and 2 at once");
  EXPECT_EQ(client.get("/no-thread").status, 200) << "on the same connection";
  EXPECT_EQ(TestClient(port()).get("/slow").status, 429) << "another connection is no other client";
  EXPECT_EQ(handled_, 3u);
}

TEST_F(HttpServerTest, AProxySaysWhoTheClientIs) {
  HttpServerOptions options;
  options.limits.rate = {.per_second = 0.01};
  options.limits.client_header = "X-Forwarded-For";
  start(options);
  TestClient proxy(port());
  const auto ask_for = [&](const std::string& clients) {
    proxy.send("GET /slow HTTP/1.1\r\nHost: t\r\nX-Forwarded-For: " + clients + "\r\n\r\n");
    return proxy.read().status;
  };
  EXPECT_EQ(ask_for("10.0.0.1"), 200);
  EXPECT_EQ(ask_for("10.0.0.2"), 200);
  EXPECT_EQ(ask_for("10.0.0.3, 10.0.0.1"), 429) << "what stands before the last is the client's";
}

TEST_F(HttpServerTest, ALargeBodyOverTheRateIsNotWaitedFor) {
  HttpServerOptions options;
  options.limits.rate = {.per_second = 0.01};
  start(options);
  TestClient client(port());
  EXPECT_EQ(client.get("/slow").status, 200);
  client.send("POST /slow HTTP/1.1\r\nHost: t\r\nContent-Length: 1000000\r\n\r\n");
  EXPECT_EQ(client.read().status, 429);
  EXPECT_TRUE(client.closed_within(3s));
}

}  // namespace
}  // namespace kaskad
