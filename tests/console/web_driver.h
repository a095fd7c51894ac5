// A headless Chromium, driven as a person would: it opens an address, presses keys, clicks, and
// says what is on the page. Speaks WebDriver (JSON over HTTP, www.w3.org/TR/webdriver2) to a
// chromedriver of its own. Waits are for conditions and have an end.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "kaskad/client/http_client.h"
#include "tests/temp_dir.h"

namespace kaskad {

class WebDriver {
 public:
  // Whether Chromium and chromedriver are on the PATH.
  static bool installed();

  // Starts both. Throws Error where they do not come up.
  WebDriver();
  ~WebDriver();  // ends both
  WebDriver(const WebDriver&) = delete;
  WebDriver& operator=(const WebDriver&) = delete;

  void open(const std::string& url);  // returns when the page is loaded
  void resize(int width, int height);

  // What the script returns ("return document.title").
  nlohmann::json run(const std::string& script);
  // The value of the expression as soon as it is true, or at the end of a minute whatever it is
  // then.
  nlohmann::json wait_for(const std::string& expression);
  // Of the first element that matches; empty where there is none.
  std::string text(const std::string& selector);

  void click(const std::string& selector);  // as a person: what cannot be seen cannot be clicked
  void focus(const std::string& selector);
  // To where the focus is: characters, and keys of kTab, kEnter, ...
  void press(const std::string& keys);

  // What the page wrote to its console since the last call, with what the browser said of it.
  std::vector<std::string> console();
  // Addresses that were asked for over the network since the last call: not data:, and not what
  // the browser has within itself.
  std::vector<std::string> requested();

 private:
  nlohmann::json get(const std::string& path);
  nlohmann::json post(const std::string& path, const nlohmann::json& body);
  nlohmann::json log(const std::string& type);
  void start_driver();
  void start_session();
  void end();

  const TempDir directory_;  // of its profile
  pid_t process_ = 0;
  std::unique_ptr<HttpClient> client_;
  std::string session_;  // "/session/ID"
};

// Keys by the codes of the standard.
inline constexpr const char* kTab = "\uE004";
inline constexpr const char* kEnter = "\uE007";
inline constexpr const char* kEscape = "\uE00C";
inline constexpr const char* kArrowRight = "\uE014";
inline constexpr const char* kArrowDown = "\uE015";

}  // namespace kaskad
