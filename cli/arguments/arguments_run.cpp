// The words of `weir run` and `weir dev`.
#include "cli/arguments/argument_checks.hpp"
#include "cli/arguments/arguments_parts.hpp"
#include "pipeline/config/scalars.hpp"

#include <algorithm>
#include <map>
#include <memory>

namespace weir::cli {

namespace {

void add_run_options(CLI::App& verb, RunOptions& options) {
  add_env_files(verb, options.env_files);
  verb.add_option("--data-dir", options.data_dir, "Where embedded servers and member ids live")->type_name("DIR");
  verb.add_option_function<std::string>(
          "--until-idle",
          [&options](const std::string& text) { options.until_idle = config::parse_duration(text).value(); },
          "End when there has been nothing left to do for so long")
      ->type_name("DURATION")
      ->check(idle_duration());
  verb.add_flag("--leave-group", options.leave_group,
                "Give the partitions away at every stop, as at SIGINT, instead of keeping them for a restart");
  verb.add_option("--summary", options.summary, "Write a JSON summary at the end; - is standard output")
      ->type_name("FILE|-");
  verb.add_option("--workers", options.workers, "Worker threads; 0 is one per core")
      ->type_name("N")
      ->check(whole_number(0, 256));
  add_admin_port(verb, options.admin);
  add_log_format(verb, options.log_format);
  verb.add_option_function<std::string>(
          "--log-level",
          [&options](const std::string& text) {
            static const std::map<std::string, log::Level> kLevels = {{"debug", log::Level::debug},
                                                                      {"info", log::Level::info},
                                                                      {"warn", log::Level::warn},
                                                                      {"error", log::Level::error}};
            options.log_level = kLevels.at(text);
          },
          "debug, info, warn or error")
      ->type_name("LEVEL")
      ->check(one_of({"debug", "info", "warn", "error"}));
  verb.add_flag("-q,--quiet", options.quiet, "No live figures and no banner; logs from warn on");
}

void finish(RunOptions& options) {
  if (options.quiet) options.log_level = std::max(options.log_level, log::Level::warn);
}

CLI::Validator port_number() {
  return whole_number(0, 65535);
}

}  // namespace

void add_run(CLI::App& app, Command& command) {
  const auto options = std::make_shared<RunOptions>();
  CLI::App* run = add_verb(app, "run", "Run pipelines", "run");
  run->add_option("FILE", options->files, "Configuration files, or directories of them")
      ->required()
      ->type_name("")
      ->option_text("...");
  add_run_options(*run, *options);
  run->add_flag("--watch", options->watch, "Put a changed configuration to work when it is saved, as SIGHUP does");
  run->final_callback([options, &command] {
    finish(*options);
    command = *options;
  });
}

void add_plan(CLI::App& app, Command& command) {
  const auto options = std::make_shared<PlanOptions>();
  CLI::App* plan = add_verb(app, "plan", "What a changed configuration would do to what runs", "plan");
  plan->add_option("FILE", options->files, "The new configuration: files, or directories of them")
      ->required()
      ->type_name("")
      ->option_text("...");
  add_repeated<std::filesystem::path>(
      *plan, "--from", [options](const auto& files) { options->from = files; },
      "The configuration that runs; may be repeated")
      ->required()
      ->type_name("FILE");
  add_env_files(*plan, options->env_files);
  plan->add_flag("--json", options->json, "As one JSON document");
  plan->final_callback([options, &command] { command = *options; });
}

void add_dev(CLI::App& app, Command& command) {
  const auto options = std::make_shared<DevOptions>();
  CLI::App* dev = add_verb(app, "dev", "Run a Kafka broker, an event store and pipelines, nothing else needed", "dev");
  dev->add_option("FILE", options->run.files, "Configuration files; default pipelines.yaml, where there is one")
      ->type_name("")
      ->option_text("...");
  dev->add_option("--port-kafka", options->kafka_port, "Port of the broker, default 9092; 0 takes a free one")
      ->type_name("PORT")
      ->check(port_number());
  dev->add_option("--port-store", options->store_port, "Port of the event store, default 2113; 0 takes a free one")
      ->type_name("PORT")
      ->check(port_number());
  dev->add_option("--partitions", options->partitions, "Partitions of new topics, default 3")
      ->type_name("N")
      ->check(partition_count());
  dev->add_flag("--fresh", options->fresh, "Forget every topic and stream of the data directory, after asking");
  dev->add_flag("--yes", options->yes, "Do not ask");
  add_run_options(*dev, options->run);
  options->run.watch = true;
  dev->add_flag_callback(
      "--no-watch", [options] { options->run.watch = false; },
      "Do not put a changed configuration to work when it is saved");
  dev->final_callback([options, &command] {
    finish(options->run);
    command = *options;
  });
}

}  // namespace weir::cli
