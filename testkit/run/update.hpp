// Updates: expectations that are written back into the files of their tests.
#pragma once

#include "testkit/case/test_loader.hpp"
#include "testkit/report/expectation_edit.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace weir::testkit {

// Gathers first, and writes a file once for all of its tests: an expectation may have more or fewer lines than before.
//
// Lifetime: one session. Executor: one thread. Cancellation: none. Errors: write() reports what could not be written, and
// leaves that test as it was.
class Updates {
 public:
  void add(const ReadyTest& test, const Observed& observed);
  // "orders.yaml:12:7: NAME" of each that was written.
  std::vector<std::string> write(config::Diagnostics& out);

 private:
  struct Update {
    TestPlace place;
    std::string name;
    WrittenExpectation expected;
  };
  void write_file(const std::filesystem::path& file, std::vector<Update>& updates, std::vector<std::string>& written,
                  config::Diagnostics& out);
  std::map<std::filesystem::path, std::vector<Update>> updates_;
};

}  // namespace weir::testkit
