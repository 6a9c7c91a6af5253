// The words of `weir test` and `weir init`.
#include "cli/arguments/argument_checks.hpp"
#include "cli/arguments/arguments_parts.hpp"

#include <memory>

namespace weir::cli {

void add_test(CLI::App& app, Command& command) {
  const auto options = std::make_shared<TestOptions>();
  CLI::App* test = add_verb(app, "test", "Run the tests of pipelines, in virtual time", "test");
  test->add_option("FILE", options->files,
                   "Configuration files, files of tests (NAME.test.yaml), or directories; default pipelines.yaml")
      ->type_name("")
      ->option_text("...");
  test->add_option("--filter", options->filter, "Only tests with this in \"PIPELINE: NAME\"")->type_name("TEXT");
  test->add_flag("-v,--verbose", options->verbose, "Also tests that pass, the way of every message, and times");
  CLI::Option* json = test->add_flag("--json", options->json, "Results as one JSON document");
  CLI::Option* junit =
      test->add_option("--junit", options->junit, "Write the results as JUnit XML, too")->type_name("FILE");
  CLI::Option* update = test->add_flag("--update", options->update, "Write what was seen as what is expected");
  test->add_flag("--watch", options->watch, "Run again whenever one of the files changes, until Ctrl-C")
      ->excludes(json)
      ->excludes(junit)
      ->excludes(update);
  test->add_flag("--crash-everywhere", options->crash_everywhere,
                 "Besides, run each test with a crash at every place where a process can die");
  test->final_callback([options, &command] { command = *options; });
}

void add_init(CLI::App& app, Command& command) {
  const auto options = std::make_shared<InitOptions>();
  CLI::App* init = add_verb(app, "init", "Write a pipeline with its tests to start from", "init");
  init->add_option("DIR", options->directory, "Where; default the current directory")->type_name("");
  init->final_callback([options, &command] { command = *options; });
}

}  // namespace weir::cli
