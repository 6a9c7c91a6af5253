#include "cli/admin/token_file.hpp"

#include "pipeline/text/quotes.hpp"

#include <algorithm>
#include <fstream>

namespace weir::cli {

namespace {

constexpr std::size_t kShortestToken = 16;
constexpr std::size_t kLongestToken = 1024;

bool is_printable(char c) {
  return c > ' ' && c < '\x7f';
}

}  // namespace

Result<std::string> read_token(const std::filesystem::path& file) {
  std::error_code failure;
  if (!std::filesystem::exists(file, failure))
    return Error(Errc::not_found, "the token file " + text::in_quotes(file) + " is not there");
  std::ifstream in(file, std::ios::binary);
  std::string token(kLongestToken + 2, '\0');
  in.read(token.data(), static_cast<std::streamsize>(token.size()));
  if (in.bad() || !(in || in.eof()))
    return Error(Errc::io, "the token file " + text::in_quotes(file) + " cannot be read");
  token.resize(static_cast<std::size_t>(in.gcount()));
  while (!token.empty() && std::string_view(" \t\r\n").find(token.back()) != std::string_view::npos) token.pop_back();
  if (token.size() < kShortestToken || token.size() > kLongestToken || !std::ranges::all_of(token, is_printable)) {
    return Error(Errc::invalid_argument, "the token file " + text::in_quotes(file) +
                                             " has to hold one line of 16 to 1024 printable characters without blanks; "
                                             "make one with: head -c 32 /dev/urandom | base64 -w0");
  }
  return token;
}

}  // namespace weir::cli
