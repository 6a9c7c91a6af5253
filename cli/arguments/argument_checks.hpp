// What the values of options are checked by, and an option that several verbs have. Private to the parsing files.
#pragma once

#include "cli/arguments/options.hpp"
#include "pipeline/base/clock.hpp"

#include <CLI/CLI.hpp>

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace weir::cli {

CLI::Validator one_of(std::initializer_list<const char*> choices);
// What one_of() lets an option be; empty for an option without.
std::vector<std::string> choices_of(const CLI::Option& option);
CLI::Validator whole_number(std::int64_t least, std::int64_t most);
CLI::Validator non_negative();
// A number and its unit, at least `shortest`; `why_not` says what is wrong with a shorter one.
CLI::Validator duration_from(Duration shortest, std::string why_not);
// How long nothing may happen before it counts as the end.
CLI::Validator idle_duration();
CLI::Validator host_and_port(std::string example);
// HOST or HOST:PORT.
CLI::Validator host_and_maybe_port();
CLI::Validator partition_count();

// --log-format, which every verb that serves or runs has.
void add_log_format(CLI::App& verb, LogFormat& format);

}  // namespace weir::cli
