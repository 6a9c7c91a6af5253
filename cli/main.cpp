// weir: the program.
#include "cli/arguments/arguments.hpp"
#include "cli/verbs.hpp"

#include <csignal>
#include <exception>
#include <iostream>
#include <unistd.h>

namespace weir::cli {

namespace {

struct Dispatch {
  Console& console;

  ExitCode operator()(const RunOptions& options) const { return run_pipelines(options, console); }
  ExitCode operator()(const PlanOptions& options) const { return run_plan(options, console); }
  ExitCode operator()(const LintOptions& options) const { return run_lint(options, console); }
  ExitCode operator()(const TestOptions& options) const { return run_pipeline_tests(options, console); }
  ExitCode operator()(const InitOptions& options) const { return make_project(options, console); }
  ExitCode operator()(const SchemaOptions& options) const { return print_schema(options, console); }
  ExitCode operator()(const ListOptions& options) const { return list_components(options, console); }
  ExitCode operator()(const EchoOptions& options) const { return echo_configuration(options, console); }
  ExitCode operator()(const GraphOptions& options) const { return draw_graph(options, console); }
  ExitCode operator()(const ExplainOptions& options) const { return explain_configuration(options, console); }
  ExitCode operator()(const CheckOptions& options) const { return check_servers(options, console); }
  ExitCode operator()(const CompletionOptions& options) const { return print_completion(options, console); }
  ExitCode operator()(const StreamsListOptions& options) const { return list_streams(options, console); }
  ExitCode operator()(const StreamsCatOptions& options) const { return cat_stream(options, console); }
  ExitCode operator()(const StoreOptions& options) const { return run_store(options, console); }
  ExitCode operator()(const BrokerOptions& options) const { return run_broker(options, console); }
  ExitCode operator()(const DevOptions& options) const { return run_dev(options, console); }
  ExitCode operator()(const FeedOptions& options) const { return run_feed(options, console); }
  ExitCode operator()(const VersionOptions& options) const { return run_version(options, console); }
  ExitCode operator()(const TopicsListOptions& options) const { return list_topics(options, console); }
  ExitCode operator()(const TopicsCreateOptions& options) const { return create_topics(options, console); }
  ExitCode operator()(const TopicsDescribeOptions& options) const { return describe_topic(options, console); }
  ExitCode operator()(const TopicsRemoveOptions& options) const { return remove_topics(options, console); }
  ExitCode operator()(const TopicsTailOptions& options) const { return tail_topic(options, console); }
  ExitCode operator()(const TopicsProduceOptions& options) const { return produce_lines(options, console); }
  ExitCode operator()(const GroupsListOptions& options) const { return list_groups(options, console); }
  ExitCode operator()(const GroupsDescribeOptions& options) const { return describe_group(options, console); }
  ExitCode operator()(const GroupsResetOptions& options) const { return reset_group(options, console); }
  ExitCode operator()(const ReloadOptions& options) const { return reload_running(options, console); }
  ExitCode operator()(const StatusOptions& options) const { return show_status(options, console); }
};

ExitCode run(std::vector<std::string> words, Console& console) {
  const std::variant<Command, Answer> parsed = parse_arguments(std::move(words));
  if (const auto* answer = std::get_if<Answer>(&parsed)) {
    (answer->code == ExitCode::ok ? console.out : console.err) << answer->text;
    return answer->code;
  }
  try {
    return std::visit(Dispatch{console}, std::get<Command>(parsed));
  } catch (const std::exception& bug) {
    console.error(std::string("weir stopped because of a bug of its own: ") + bug.what() +
                  "; nothing acknowledged is lost, please report it with the command line");
    return ExitCode::failed;
  }
}

}  // namespace

}  // namespace weir::cli

int main(int argc, char** argv) {
  // A closed pipe (`weir streams cat … | head`) and a peer that hangs up show as write errors.
  std::signal(SIGPIPE, SIG_IGN);
  const weir::Environment environment = weir::process_environment();
  weir::cli::Console console{std::cout, std::cerr, weir::cli::inspect_terminal(STDOUT_FILENO, environment),
                             weir::cli::inspect_terminal(STDERR_FILENO, environment), environment};
  weir::cli::ExitCode code = weir::cli::run(std::vector<std::string>(argv + 1, argv + argc), console);
  std::cout.flush();
  // A full disk must not look like a whole export; a reader that has seen enough (`| head`) is no failure.
  if (!std::cout && !weir::cli::reader_has_gone(STDOUT_FILENO) && code == weir::cli::ExitCode::ok) {
    console.error("standard output could not be written to its end; free some space, or write elsewhere");
    code = weir::cli::ExitCode::failed;
  }
  return static_cast<int>(code);
}
