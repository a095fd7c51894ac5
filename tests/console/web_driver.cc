#include "tests/console/web_driver.h"

#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <sstream>
#include <thread>

#include "kaskad/core/error.h"

namespace kaskad {
namespace {

using nlohmann::json;
using std::chrono::steady_clock;

// Generous: the machine of a test may do much else.
constexpr std::chrono::seconds kPatience{60};

std::string on_path(const std::string& program) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path ? path : "");
  for (std::string folder; std::getline(folders, folder, ':');) {
    const std::string file = folder + "/" + program;
    if (access(file.c_str(), X_OK) == 0) return file;
  }
  return {};
}

// Reads until `end` comes up, or throws.
std::string read_until(int from, const std::string& end) {
  std::string text;
  const auto until = steady_clock::now() + kPatience;
  while (text.find(end) == std::string::npos) {
    pollfd waiting{from, POLLIN, 0};
    char bytes[4096];
    const ssize_t count = poll(&waiting, 1, 100) > 0 ? read(from, bytes, sizeof(bytes)) : 0;
    if (count > 0) text.append(bytes, static_cast<size_t>(count));
    if (steady_clock::now() > until) {
      throw Error("chromedriver: found '" + text + "', expected '" + end + "'");
    }
  }
  return text;
}

// Characters of UTF-8, one a key.
std::vector<std::string> characters(const std::string& text) {
  std::vector<std::string> found;
  for (const char c : text) {
    const bool goes_on = (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
    if (goes_on) {
      found.back() += c;
    } else {
      found.emplace_back(1, c);
    }
  }
  return found;
}

// "document.querySelector('...')"
std::string find(const std::string& selector) {
  return "document.querySelector(" + json(selector).dump() + ")";
}

}  // namespace

bool WebDriver::installed() {
  return !on_path("chromium").empty() && !on_path("chromedriver").empty();
}

WebDriver::WebDriver() {
  try {
    start_driver();
    start_session();
  } catch (...) {
    end();
    throw;
  }
}

WebDriver::~WebDriver() { end(); }

void WebDriver::end() {
  if (process_ <= 0) return;
  bool asked = false;
  try {
    asked = client_ && client_->get("/shutdown").status == 200;  // which ends the browser, too
  } catch (const Error&) {
    asked = false;
  }
  if (!asked) kill(process_, SIGTERM);
  const auto until = steady_clock::now() + kPatience;
  while (waitpid(process_, nullptr, WNOHANG) == 0) {
    if (steady_clock::now() > until) kill(process_, SIGKILL);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

// It takes a free port and says which.
void WebDriver::start_driver() {
  int ends[2];
  if (pipe(ends) != 0) throw system_error("make a pipe for", "chromedriver", errno);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addclose(&actions, ends[0]);
  const std::string log = "--log-path=" + (directory_ / "driver.log");
  std::string words[] = {"chromedriver", "--port=0", log};
  char* arguments[] = {words[0].data(), words[1].data(), words[2].data(), nullptr};
  const int failure =
      posix_spawnp(&process_, "chromedriver", &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  if (failure != 0) throw system_error("start", "chromedriver", failure);
  const std::string said = "successfully on port ";
  const std::string text = read_until(ends[0], said);
  std::string digits = text.substr(text.find(said) + said.size());
  if (digits.find('.') == std::string::npos) digits += read_until(ends[0], ".");
  close(ends[0]);
  const auto port = static_cast<uint16_t>(std::stoi(digits));
  client_ = std::make_unique<HttpClient>(HttpAddress{"127.0.0.1", port, ""}, kPatience);
}

void WebDriver::start_session() {
  json arguments = {"--headless=new",
                    "--disable-gpu",
                    "--disable-dev-shm-usage",
                    "--no-first-run",
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--disable-sync",
                    "--window-size=1280,900",
                    "--user-data-dir=" + (directory_ / "profile")};
  if (geteuid() == 0) arguments.push_back("--no-sandbox");
  const json options = {{"args", std::move(arguments)}, {"binary", on_path("chromium")}};
  const json wanted = {{"browserName", "chrome"},
                       {"goog:chromeOptions", options},
                       {"goog:loggingPrefs", {{"browser", "ALL"}, {"performance", "ALL"}}}};
  const json found = post("/session", {{"capabilities", {{"alwaysMatch", wanted}}}});
  session_ = "/session/" + found.at("sessionId").get<std::string>();
}

json WebDriver::get(const std::string& path) {
  const HttpAnswer answer = client_->get(session_ + path);
  if (answer.status != 200) throw Error("GET " + path + ": " + answer.body);
  return json::parse(answer.body).at("value");
}

json WebDriver::post(const std::string& path, const json& body) {
  const HttpAnswer answer = client_->post_json(session_ + path, body.dump());
  if (answer.status != 200) throw Error("POST " + path + ": " + answer.body);
  return json::parse(answer.body).at("value");
}

void WebDriver::open(const std::string& url) { post("/url", {{"url", url}}); }

void WebDriver::resize(int width, int height) {
  post("/window/rect", {{"width", width}, {"height", height}});
}

json WebDriver::run(const std::string& script) {
  return post("/execute/sync", {{"script", script}, {"args", json::array()}});
}

json WebDriver::wait_for(const std::string& expression) {
  const auto until = steady_clock::now() + kPatience;
  const std::string script =
      "const found = " + expression + "; return found === undefined ? null : found;";
  while (true) {
    json found = run(script);
    const bool is_true = found.is_boolean()  ? found.get<bool>()
                         : found.is_number() ? found != 0
                         : found.is_string() ? !found.get_ref<const std::string&>().empty()
                                             : !found.is_null();
    if (is_true || steady_clock::now() > until) return found;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

std::string WebDriver::text(const std::string& selector) {
  return run("return " + find(selector) + "?.textContent || ''");
}

void WebDriver::click(const std::string& selector) {
  const json element = post("/element", {{"using", "css selector"}, {"value", selector}});
  post("/element/" + element.begin()->get<std::string>() + "/click", json::object());
}

void WebDriver::focus(const std::string& selector) { run(find(selector) + ".focus()"); }

void WebDriver::press(const std::string& keys) {
  json actions = json::array();
  for (const std::string& key : characters(keys)) {
    actions.push_back({{"type", "keyDown"}, {"value", key}});
    actions.push_back({{"type", "keyUp"}, {"value", key}});
  }
  const json keyboard = {{"type", "key"}, {"id", "keyboard"}, {"actions", std::move(actions)}};
  post("/actions", {{"actions", json::array({keyboard})}});
}

json WebDriver::log(const std::string& type) { return post("/se/log", {{"type", type}}); }

std::vector<std::string> WebDriver::console() {
  std::vector<std::string> lines;
  for (const json& entry : log("browser")) {
    lines.push_back(entry.at("level").get<std::string>() + " " +
                    entry.at("message").get<std::string>());
  }
  return lines;
}

std::vector<std::string> WebDriver::requested() {
  std::vector<std::string> urls;
  for (const json& entry : log("performance")) {
    const json message = json::parse(entry.at("message").get<std::string>()).at("message");
    if (message.at("method") != "Network.requestWillBeSent") continue;
    const std::string url = message.at("params").at("request").at("url");
    if (url.starts_with("http") || url.starts_with("ws")) urls.push_back(url);
  }
  return urls;
}

}  // namespace kaskad
