// One function per verb; a file verb_*.cpp has a verb or a family of them. They print, and return the exit code.
#pragma once

#include "cli/arguments/options.hpp"
#include "cli/exit_codes.hpp"
#include "cli/terminal/console.hpp"
#include "pipeline/base/result.hpp"

namespace weir::cli {

ExitCode run_lint(const LintOptions& options, Console& console);
ExitCode run_plan(const PlanOptions& options, Console& console);
ExitCode make_project(const InitOptions& options, Console& console);
ExitCode run_version(const VersionOptions& options, Console& console);
ExitCode print_completion(const CompletionOptions& options, Console& console);

// What a configuration is made of and means. Nothing is opened, but by check_servers.
ExitCode print_schema(const SchemaOptions& options, Console& console);
ExitCode list_components(const ListOptions& options, Console& console);
ExitCode echo_configuration(const EchoOptions& options, Console& console);
ExitCode draw_graph(const GraphOptions& options, Console& console);
ExitCode explain_configuration(const ExplainOptions& options, Console& console);
ExitCode check_servers(const CheckOptions& options, Console& console);

// The verbs below work with signals: ProcessSignals must be the first thing they make, before any thread starts that
// might take one.
ExitCode run_pipeline_tests(const TestOptions& options, Console& console);
ExitCode run_pipelines(const RunOptions& options, Console& console);
ExitCode run_store(const StoreOptions& options, Console& console);
ExitCode run_broker(const BrokerOptions& options, Console& console);
ExitCode run_dev(const DevOptions& options, Console& console);
ExitCode run_feed(const FeedOptions& options, Console& console);
ExitCode list_streams(const StreamsListOptions& options, Console& console);
ExitCode cat_stream(const StreamsCatOptions& options, Console& console);

// Against a Kafka cluster.
ExitCode list_topics(const TopicsListOptions& options, Console& console);
ExitCode create_topics(const TopicsCreateOptions& options, Console& console);
ExitCode describe_topic(const TopicsDescribeOptions& options, Console& console);
ExitCode remove_topics(const TopicsRemoveOptions& options, Console& console);
ExitCode tail_topic(const TopicsTailOptions& options, Console& console);
ExitCode produce_lines(const TopicsProduceOptions& options, Console& console);
ExitCode list_groups(const GroupsListOptions& options, Console& console);
ExitCode describe_group(const GroupsDescribeOptions& options, Console& console);
ExitCode reset_group(const GroupsResetOptions& options, Console& console);

// Of a weir that runs, through its admin port.
ExitCode reload_running(const ReloadOptions& options, Console& console);
ExitCode show_status(const StatusOptions& options, Console& console);

// The exit code that stands for an operation's error.
ExitCode exit_code_of(const Error& error);
// The one that stands for why a pipeline failed.
ExitCode exit_code_of_run(const Error& failure);

}  // namespace weir::cli
