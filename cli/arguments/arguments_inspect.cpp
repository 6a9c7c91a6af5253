// The words of the verbs that show a configuration: schema, list, echo, graph, explain, check; and of completion.
#include "cli/arguments/argument_checks.hpp"
#include "cli/arguments/arguments_parts.hpp"
#include "pipeline/config/scalars.hpp"

#include <memory>

namespace weir::cli {

namespace {

void add_files(CLI::App& verb, std::vector<std::filesystem::path>& files) {
  verb.add_option("FILE", files, "Configuration files, or directories of them; - is standard input")
      ->required()
      ->type_name("")
      ->option_text("...");
}

void add_pipeline_choice(CLI::App& verb, std::string& pipeline) {
  verb.add_option("--pipeline", pipeline, "Only the pipeline of that name")->type_name("NAME");
}

void add_schema(CLI::App& app, Command& command) {
  CLI::App* schema = add_verb(app, "schema", "Print the JSON Schema of configurations, for editors", "schema");
  schema->final_callback([&command] { command = SchemaOptions(); });
}

void add_list(CLI::App& app, Command& command) {
  const auto options = std::make_shared<ListOptions>();
  CLI::App* list = add_verb(app, "list", "Show which components there are, and their options", "list");
  list->add_option("KIND", options->kind, "connections, sources, stages or sinks; without it: all of them")
      ->type_name("")
      ->check(one_of({"connections", "sources", "stages", "sinks"}));
  list->add_option("NAME", options->name, "A component: every option of it")->type_name("");
  list->add_flag("--json", options->json, "As one JSON document, options and all");
  list->final_callback([options, &command] { command = *options; });
}

void add_echo(CLI::App& app, Command& command) {
  const auto options = std::make_shared<EchoOptions>();
  CLI::App* echo = add_verb(app, "echo", "Print a configuration in its normal form, secrets masked", "echo");
  add_files(*echo, options->files);
  add_env_files(*echo, options->env_files);
  echo->add_flag("--defaults", options->defaults, "With every option that has a default");
  echo->add_flag("--json", options->json, "As JSON, which weir reads, too");
  echo->final_callback([options, &command] { command = *options; });
}

void add_graph(CLI::App& app, Command& command) {
  const auto options = std::make_shared<GraphOptions>();
  CLI::App* graph = add_verb(app, "graph", "Draw what goes from where to where", "graph");
  add_files(*graph, options->files);
  add_env_files(*graph, options->env_files);
  graph
      ->add_option_function<std::string>(
          "--format",
          [options](const std::string& text) {
            options->format = text == "dot"       ? GraphFormat::dot
                              : text == "mermaid" ? GraphFormat::mermaid
                                                  : GraphFormat::json;
          },
          "dot (Graphviz, the default), mermaid or json")
      ->type_name("FORMAT")
      ->check(one_of({"dot", "mermaid", "json"}));
  add_pipeline_choice(*graph, options->pipeline);
  graph->final_callback([options, &command] { command = *options; });
}

void add_explain(CLI::App& app, Command& command) {
  const auto options = std::make_shared<ExplainOptions>();
  CLI::App* explain = add_verb(app, "explain", "Say what a configuration promises, and where that ends", "explain");
  add_files(*explain, options->files);
  add_env_files(*explain, options->env_files);
  add_pipeline_choice(*explain, options->pipeline);
  explain->add_flag("--json", options->json, "As one JSON document");
  explain->final_callback([options, &command] { command = *options; });
}

void add_check(CLI::App& app, Command& command) {
  const auto options = std::make_shared<CheckOptions>();
  CLI::App* check = add_verb(app, "check", "Ask the servers whether all that is needed is there", "check");
  add_files(*check, options->files);
  add_env_files(*check, options->env_files);
  check
      ->add_option_function<std::string>(
          "--timeout", [options](const std::string& text) { options->timeout = config::parse_duration(text).value(); },
          "How long each server may take to answer, default 10s")
      ->type_name("DURATION")
      ->check(patience());
  check->add_option("--data-dir", options->data_dir, "The data directory of the run that is to come")->type_name("DIR");
  check->add_flag("--json", options->json, "As one JSON document");
  check->final_callback([options, &command] { command = *options; });
}

}  // namespace

void add_inspection(CLI::App& app, Command& command) {
  add_explain(app, command);
  add_check(app, command);
  add_graph(app, command);
  add_echo(app, command);
  add_list(app, command);
  add_schema(app, command);
}

void add_completion(CLI::App& app, Command& command) {
  const auto options = std::make_shared<CompletionOptions>();
  CLI::App* completion = add_verb(app, "completion", "Print what completes weir's words in a shell", "completion");
  completion
      ->add_option_function<std::string>(
          "SHELL",
          [options](const std::string& text) {
            options->shell = text == "bash" ? Shell::bash : text == "zsh" ? Shell::zsh : Shell::fish;
          },
          "bash, zsh or fish")
      ->required()
      ->type_name("")
      ->check(one_of({"bash", "zsh", "fish"}));
  completion->final_callback([options, &command] { command = *options; });
}

}  // namespace weir::cli
