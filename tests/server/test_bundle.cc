#include "tests/server/test_bundle.h"

#include <atomic>
#include <stdexcept>

#include "tests/model/battery_log.h"
#include "tests/model/counting_retriever.h"

namespace kaskad {
namespace {

std::atomic<bool> throw_next{false};
std::atomic<bool> held{false};
std::atomic<size_t> held_count{0}, held_most{0};

class FailingRetriever : public CountingRetriever {
 public:
  explicit FailingRetriever(const CountingRetriever& model) : CountingRetriever(model) {}

  void retrieve(std::span<const Query> queries, size_t k,
                std::span<ScoredItem> out) const override {
    if (held && held_count++ < held_most) held.wait(true);
    if (throw_next.exchange(false)) throw std::runtime_error("thrown on purpose");
    CountingRetriever::retrieve(queries, k, out);
  }
};

}  // namespace

Bundle load_test_bundle() {
  static const std::string directory = [] {
    register_retriever("counting", [](const std::string& from, const std::string&) {
      return std::make_unique<FailingRetriever>(*CountingRetriever::load(from));
    });
    const std::string path = battery_directory("server") + "/bundle";
    const Dataset& dataset = battery_dataset();
    const auto model = CountingRetriever::fit(dataset);
    BundleContents contents;
    contents.dataset = &dataset;
    contents.history_end.assign(dataset.num_users(), 6);
    contents.now = 130 * kDayMs;
    write_bundle(path, contents, *model, [&](const std::string& to) { model->save(to); });
    return path;
  }();
  return load_bundle(directory);
}

void throw_on_next_retrieve() { throw_next = true; }

HeldRetrievals::HeldRetrievals(size_t most) {
  held_count = 0;
  held_most = most;
  held = true;
}

HeldRetrievals::~HeldRetrievals() {
  held = false;
  held.notify_all();
}

size_t HeldRetrievals::count() const { return held_count; }

}  // namespace kaskad
