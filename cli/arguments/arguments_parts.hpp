// What the families of verbs share when they say which words they take. Private to this folder.
#pragma once

#include "cli/arguments/options.hpp"

#include <CLI/CLI.hpp>

#include <functional>
#include <string>
#include <string_view>

namespace weir::cli {

// A verb with its examples below its options; shown in the overview when it has some.
CLI::App* add_verb(CLI::App& parent, const std::string& name, const std::string& what, std::string_view help_of);

// A time to wait for an answer, from 1ms to 1h.
CLI::Validator patience();

// --brokers, --property, --timeout. `access` outlives the parse.
void add_access(CLI::App& verb, KafkaAccess& access);

// --env-file, for verbs that read configurations.
void add_env_files(CLI::App& verb, std::vector<std::filesystem::path>& files);

// Refuses what `understood` does not take: "'TEXT' is not EXPECTED".
CLI::Validator notation(std::function<bool(const std::string&)> understood, std::string expected);
CLI::Validator topic_name();

// An option that may be given several times, each with one value.
template <class T>
CLI::Option* add_repeated(CLI::App& verb, const std::string& name, std::function<void(const std::vector<T>&)> take,
                          const std::string& what) {
  return verb.add_option_function<std::vector<T>>(name, std::move(take), what)->allow_extra_args(false);
}
// The same for "name=value".
CLI::Option* add_pairs(CLI::App& verb, const std::string& name, Pairs& pairs, const std::string& what);

// The families. `command` gets the options of the verb that was chosen; it outlives the parse.
void add_run(CLI::App& app, Command& command);
void add_plan(CLI::App& app, Command& command);
void add_dev(CLI::App& app, Command& command);
void add_test(CLI::App& app, Command& command);
void add_init(CLI::App& app, Command& command);
void add_store(CLI::App& app, Command& command);
void add_broker(CLI::App& app, Command& command);
void add_topics(CLI::App& app, Command& command);
void add_groups(CLI::App& app, Command& command);
void add_inspection(CLI::App& app, Command& command);
void add_completion(CLI::App& app, Command& command);
void add_reload(CLI::App& app, Command& command);
void add_status(CLI::App& app, Command& command);

// --admin and what belongs to it, of the verbs that run pipelines. `options` outlives the parse.
void add_admin_port(CLI::App& verb, AdminPortOptions& options);

}  // namespace weir::cli
