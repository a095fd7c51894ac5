// The files that a real marketplace would leave, and the truth beside them in a folder of its own:
//   interactions   user_id, item_id, timestamp, action: clicks and what followed, by time
//   impressions    request_id, user_id, item_id, timestamp, position, action, query: a row an item
//                  of a page, more where it got several actions, empty action where none
//   items          item_id, title, category, subcategory, brand, style, price, born, content
//   users          user_id, country, gender, age_group
//   queries        query, tokens
//   truth/         shown, requests, users, items, queries: for measurement, never for a model
// Timestamps are milliseconds since 1970. Used by `kaskad simulate`.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "kaskad/sim/simulation.h"
#include "kaskad/sim/text_file.h"

namespace kaskad::sim {

struct LogFileOptions {
  std::string directory;           // must exist
  std::string extension = ".csv";  // or ".csv.gz"
  bool truth_of_shown = true;      // the largest of the files: a row for every item of every page
};

// "u7", "i7", "r7"
std::string user_name(uint32_t user);
std::string item_name(uint32_t item);

// items, users, queries, and truth/{users,items,queries,config}.
void write_tables(const Marketplace& market, const LogFileOptions& options);

// interactions, impressions, truth/{requests,shown}. close() must be called.
class LogFiles : public EventSink {
 public:
  LogFiles(const Marketplace& market, const LogFileOptions& options);

  void page(const PageRecord& page) override;
  void action(const ActionRecord& action) override;
  void close();

 private:
  void impression(const std::string& request, const PageRecord& page, uint32_t position,
                  const char* action);
  void truth(const std::string& request, const PageRecord& page);

  const Marketplace& market_;
  std::unique_ptr<TextFile> interactions_, impressions_, requests_, shown_;
  uint64_t pages_ = 0;
};

}  // namespace kaskad::sim
