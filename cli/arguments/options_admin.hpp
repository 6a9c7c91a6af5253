// What the command line says of the admin port: of `run` and `dev`, which have one, and of the verbs that ask it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace weir::cli {

struct AdminPortOptions {
  bool off = false;
  bool was_chosen = false;  // --admin HOST:PORT was written: a port that is taken is an error
  std::string host = "127.0.0.1";
  std::uint16_t port = 7070;
  std::vector<std::string> names;  // by which it may be called besides
  std::optional<std::filesystem::path> token_file;
};

// Where a running weir is asked.
struct AdminTarget {
  std::string host = "127.0.0.1";
  std::uint16_t port = 7070;
  std::optional<std::filesystem::path> token_file;
};

struct ReloadOptions {
  AdminTarget target;
  bool json = false;
};

struct StatusOptions {
  AdminTarget target;
  bool json = false;
};

}  // namespace weir::cli
