// One function per verb, each in a file of its name. They print, and return the exit code.
#pragma once

#include "pipeline/cli/console.hpp"
#include "pipeline/cli/exit_codes.hpp"
#include "pipeline/cli/options.hpp"
#include "pipeline/result.hpp"

namespace weir::cli {

ExitCode run_lint(const LintOptions& options, Console& console);
ExitCode run_version(const VersionOptions& options, Console& console);

// The verbs below work with signals: ProcessSignals must be the first thing they make, before any thread starts.
ExitCode run_pipelines(const RunOptions& options, Console& console);
ExitCode run_store(const StoreOptions& options, Console& console);
ExitCode run_mock_broker(const MockBrokerOptions& options, Console& console);
ExitCode run_feed(const FeedOptions& options, Console& console);
ExitCode list_streams(const StreamsListOptions& options, Console& console);
ExitCode cat_stream(const StreamsCatOptions& options, Console& console);

// The exit code that stands for an operation's error.
ExitCode exit_code_of(const Error& error);

}  // namespace weir::cli
