// The admin port of `weir run` and `weir dev`: taken before anything is started.
#pragma once

#include "cli/arguments/options_admin.hpp"
#include "cli/exit_codes.hpp"
#include "cli/run/run_voice.hpp"
#include "cli/terminal/console.hpp"
#include "pipeline/admin/service.hpp"

#include <memory>
#include <variant>

namespace weir::cli {

// Listens, and says where; nothing when it is off. What keeps it from listening is printed: then there is an exit code.
std::variant<std::unique_ptr<admin::Service>, ExitCode> open_admin_port(const AdminPortOptions& options,
                                                                        RunVoice& voice, const Console& console);

}  // namespace weir::cli
