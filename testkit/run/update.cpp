#include "testkit/run/update.hpp"

#include "pipeline/text/quotes.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <system_error>

namespace weir::testkit {

namespace {

std::optional<std::string> read_all(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return std::nullopt;
  std::string text((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
  return stream.bad() ? std::nullopt : std::optional(std::move(text));
}

// Beside the file first, so that it is never half of one.
bool replace_file(const std::filesystem::path& file, const std::string& text) {
  std::error_code failure;
  const std::filesystem::path real = std::filesystem::canonical(file, failure);
  if (failure) return false;
  std::filesystem::path beside = real;
  beside += ".weir-update";
  std::ofstream stream(beside, std::ios::binary | std::ios::trunc);
  stream << text;
  stream.close();
  if (stream) std::filesystem::permissions(beside, std::filesystem::status(real).permissions(), failure);
  if (stream && !failure) std::filesystem::rename(beside, real, failure);
  if (stream && !failure) return true;
  std::filesystem::remove(beside, failure);
  return false;
}

}  // namespace

void Updates::add(const ReadyTest& test, const Observed& observed) {
  const TestPlace place{test.test.mark, test.test.expect_mark};
  updates_[test.found.file].push_back({place, test.test.name, write_expectation(observed)});
}

std::vector<std::string> Updates::write(config::Diagnostics& out) {
  std::vector<std::string> written;
  for (auto& [file, updates] : updates_) write_file(file, updates, written, out);
  return written;
}

void Updates::write_file(const std::filesystem::path& file, std::vector<Update>& updates,
                         std::vector<std::string>& written, config::Diagnostics& out) {
  std::optional<std::string> text = read_all(file);
  // From the last one to the first, so that the places of those to come are still right.
  std::ranges::sort(updates, [](const Update& left, const Update& right) {
    return std::pair(left.place.test.line, left.place.test.column) >
           std::pair(right.place.test.line, right.place.test.column);
  });
  std::vector<std::string> edited;
  for (const Update& update : updates) {
    if (!text) break;
    Result<std::string> with = put_expectation(*text, update.place, update.expected);
    if (with.has_error()) {
      out.error("not-updated", update.place.test, {}, with.error().message());
      continue;
    }
    text = std::move(*with);
    edited.push_back(update.place.test.str() + ": " + update.name);
  }
  if (!edited.empty() && text && replace_file(file, *text)) {
    written.insert(written.end(), edited.rbegin(), edited.rend());
  } else if (!text || !edited.empty()) {
    out.error("not-updated", updates.front().place.test, {}, "the file " + text::in_quotes(file) + " cannot be written",
              "check its permissions");
  }
}

}  // namespace weir::testkit
