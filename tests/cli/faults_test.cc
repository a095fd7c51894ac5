// `kaskad serve` while what it stands on goes wrong: bundles, the disk, the store of events, the
// clock. docs/faults.md is the table of all of them.
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include <fstream>
#include <map>
#include <sstream>

#include "tests/cli/program.h"
#include "tests/cli/running_server.h"

namespace kaskad {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class FaultsProgramTest : public ProgramTest {
 protected:
  void SetUp() override {
    ProgramTest::SetUp();
    run({"popularity", "data", "-o", "popular"});
  }

  static json event(const std::string& id, const std::string& item = "i1") {
    return {{"user_id", "u1"}, {"item_id", item}, {"event_id", id}};
  }
  static Answer post(TestClient& client, const json& events) {
    return client.post("/v1/events", json{{"events", events}}.dump());
  }
  // The names of the events that the server has of u1 beyond those of the log.
  static size_t live_events(TestClient& client) {
    const Answer answer = client.get("/v1/users/u1");
    EXPECT_EQ(answer.status, 200) << answer.body;
    return json::parse(answer.body)["history"].size() - kLogged;
  }
  static json recommend(TestClient& client) {
    const Answer answer = client.post("/v1/recommend", R"({"user_id": "u1", "k": 5})");
    EXPECT_EQ(answer.status, 200) << answer.body;
    return json::parse(answer.body);
  }
  // A bundle in place of another: half copied, as the log of a reload would find it. The server has
  // the files of the older one.
  void replace_by_half(const std::string& bundle, const std::string& file) {
    fs::rename(directory_ / bundle, directory_ / "whole");
    fs::copy(directory_ / "whole", directory_ / bundle, fs::copy_options::recursive);
    truncate(bundle + "/" + file);
  }
  // A file of the directory cut in half.
  void truncate(const std::string& name) {
    fs::resize_file(directory_ / name, fs::file_size(directory_ / name) / 2);
  }
  // What RocksDB keeps, but for the log in which it says what it does.
  std::map<std::string, std::string> store_files() {
    std::map<std::string, std::string> files;
    for (const auto& file : fs::directory_iterator(directory_ / "state/store")) {
      const std::string name = file.path().filename();
      if (!name.starts_with("LOG")) files[name] = read_file(file.path());
    }
    return files;
  }

  static constexpr size_t kLogged = 11;  // events that the bundle has of a user: all but the last
};

TEST_F(FaultsProgramTest, ATruncatedBundleDoesNotTakeOver) {
  RunningServer server(directory_, {"--bundle", "popular"});
  TestClient client(server.port());
  const json before = recommend(client);
  replace_by_half("popular", "counts.npy");
  server.signal(SIGHUP);
  const std::string said = server.wait_for("error: ");
  EXPECT_NE(said.find("popular/counts.npy' is truncated"), std::string::npos) << said;
  EXPECT_NE(said.find("the older bundle goes on answering"), std::string::npos) << said;
  EXPECT_EQ(recommend(client), before);
  EXPECT_NE(client.get("/metrics").body.find("kaskad_failed_reloads_total 1"), std::string::npos);
  EXPECT_EQ(server.end(), 0);
  const Ended ended = kaskad_in(directory_, {"serve", "--bundle", "popular", "--port", "0"});
  EXPECT_EQ(ended.status, 1);
  EXPECT_NE(ended.error.find("popular/counts.npy' is truncated"), std::string::npos) << ended.error;
}

TEST_F(FaultsProgramTest, ADamagedStoreIsNamedAndNotOverwritten) {
  const std::vector<std::string> serve = {"--bundle", "popular", "--events", "state"};
  {
    RunningServer server(directory_, serve);
    TestClient client(server.port());
    ASSERT_EQ(post(client, json::array({event("first")})).status, 200);
  }
  const auto whole = store_files();
  const auto refused = [&](const std::string& found) {
    const auto damaged = store_files();
    const Ended ended =
        kaskad_in(directory_, {"serve", "--bundle", "popular", "--events", "state", "--port", "0"});
    EXPECT_EQ(ended.status, 1);
    EXPECT_NE(ended.error.find("cannot open the events in 'state/store': "), std::string::npos)
        << ended.error;
    EXPECT_NE(ended.error.find(found), std::string::npos) << ended.error;
    EXPECT_NE(ended.error.find("put a backup in its place, or move it away"), std::string::npos)
        << ended.error;
    EXPECT_EQ(store_files(), damaged);
    for (const auto& [name, bytes] : whole) directory_.write("state/store/" + name, bytes);
  };
  directory_.write("state/store/CURRENT", "nonsense");
  refused("Corruption");
  fs::remove(directory_ / "state/store/CURRENT");
  refused("found files of a store without its file CURRENT");
  for (const auto& [name, bytes] : whole) {
    if (name.starts_with("MANIFEST-")) truncate("state/store/" + name);
  }
  refused("Corruption");
  // With the files as they were nothing was lost.
  RunningServer server(directory_, serve);
  TestClient client(server.port());
  EXPECT_EQ(live_events(client), 1u);
}

// A file system of its own for `directory`, as large as said; only this process and its children
// see it. Root may do so, and others where the kernel lets users have name spaces.
bool mount_small_disk(const std::string& directory, const char* size) {
  const bool own =
      geteuid() == 0 ? unshare(CLONE_NEWNS) == 0 : unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0;
  return own && mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         mount("small", directory.c_str(), "tmpfs", 0, size) == 0;
}

bool may_mount(const std::string& directory) {
  const pid_t child = fork();
  if (child == 0) _exit(mount_small_disk(directory, "size=1m") ? 0 : 1);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST_F(FaultsProgramTest, AFullDiskIsSaidAndNothingAcknowledgedIsLost) {
  fs::create_directory(directory_ / "disk");
  if (!may_mount(directory_ / "disk")) {
    GTEST_SKIP() << "this user may not mount a small disk: neither root nor name spaces of users";
  }
  const std::string disk = directory_ / "disk";
  RunningServer server(directory_,
                       {"--bundle", "popular", "--events", "disk/state", "--journal", "none",
                        "--events-per-user", "10000"},
                       [&] {
                         if (!mount_small_disk(disk, "size=12m")) return false;
                         std::ofstream(disk + "/filler") << std::string(4 << 20, 'x');
                         return true;
                       });
  TestClient client(server.port());
  const json answered = recommend(client);
  size_t acknowledged = 0;
  Answer answer;
  for (int lot = 0; lot < 400; ++lot) {
    json events;
    for (int i = 0; i < 20; ++i) {
      events.push_back(event(std::to_string(lot) + "-" + std::to_string(i)));
      events.back()["query"] = std::string(900, 'q') + std::to_string(lot * 20 + i);
    }
    answer = post(client, events);
    if (answer.status != 200) break;
    acknowledged += events.size();
  }
  EXPECT_EQ(answer.status, 503) << answer.body;
  EXPECT_TRUE(answer.has("Retry-After: 1")) << answer.header;
  EXPECT_NE(answer.body.find("cannot write the events in 'disk/state/store'"), std::string::npos)
      << answer.body;
  EXPECT_GT(acknowledged, 100u);
  // Whoever asks is answered meanwhile, and everything acknowledged is there.
  EXPECT_EQ(recommend(client)["items"].size(), answered["items"].size());
  EXPECT_GE(live_events(client), acknowledged);
  EXPECT_NE(client.get("/metrics").body.find("kaskad_event_store_failures_total"),
            std::string::npos);
  // With space again, writing goes on; the disk of the server is seen through its process.
  ASSERT_TRUE(fs::remove(server.proc("root") + disk + "/filler"));
  for (int i = 0; i < 500; ++i) {
    answer = post(client, json::array({event("afterwards")}));
    if (answer.status == 200) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_GE(live_events(client), acknowledged + 1);
  EXPECT_EQ(server.end(), 0);
}

TEST_F(FaultsProgramTest, WithoutDescriptorsNewClientsWaitAndOldOnesAreAnswered) {
  RunningServer server(directory_, {"--bundle", "popular"}, [] {
    const rlimit few{60, 60};
    return setrlimit(RLIMIT_NOFILE, &few) == 0;
  });
  TestClient client(server.port());
  const json before = recommend(client);
  std::vector<std::unique_ptr<TestClient>> flood;  // the kernel takes them, the server cannot
  for (int i = 0; i < 100; ++i) flood.push_back(std::make_unique<TestClient>(server.port()));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(recommend(client), before);
  TestClient waiting(server.port());
  waiting.send("GET /v2/health/live HTTP/1.1\r\nHost: t\r\n\r\n");
  flood.clear();
  EXPECT_EQ(waiting.read().status, 200);  // its turn has come
  EXPECT_EQ(server.end(), 0);
}

// What the server takes for the time of day is read from a file: tests/clock/jumping_clock.cc.
TEST_F(FaultsProgramTest, AClockThatJumpsStopsNothingAndLosesNothing) {
  const auto jump = [&](int64_t seconds) {
    directory_.write("clock.new", std::to_string(seconds) + "\n");
    fs::rename(directory_ / "clock.new", directory_ / "clock");
  };
  jump(0);
  const std::string clock = directory_ / "clock";
  RunningServer server(directory_,
                       {"--bundle", "popular", "--events", "state", "--header-time", "1"}, [&] {
                         setenv("LD_PRELOAD", KASKAD_JUMPING_CLOCK, 1);
                         setenv("KASKAD_TEST_CLOCK", clock.c_str(), 1);
                         return true;
                       });
  TestClient client(server.port());
  constexpr int64_t kDay = 86'400;
  size_t sent = 0;
  for (const int64_t seconds : {int64_t{0}, 2 * kDay, -2 * kDay, int64_t{0}}) {
    jump(seconds);
    const Answer answer = post(client, json::array({event("jump" + std::to_string(++sent))}));
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(json::parse(answer.body)["stored"], 1) << answer.body;
    EXPECT_EQ(recommend(client)["items"].size(), 5u);
    EXPECT_EQ(live_events(client), sent);
  }
  // Days of the journal by that clock: it was another one each time.
  size_t days = 0;
  for ([[maybe_unused]] const auto& file : fs::directory_iterator(directory_ / "state/journal")) {
    ++days;
  }
  EXPECT_EQ(days, 3u);
  // Deadlines are of another clock: a slow client is told so in its second, whatever the day.
  TestClient slow(server.port());
  slow.send("GET / HT");
  jump(30 * kDay);
  EXPECT_EQ(client.get("/v2/health/live").status, 200);
  EXPECT_EQ(slow.read().status, 408);
  EXPECT_EQ(server.end(), 0);
}

}  // namespace
}  // namespace kaskad
