#include "sinks/file/rotation.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace weir::sinks::file {
namespace {

constexpr std::size_t kDigits = 6;

std::string folder_of(const std::filesystem::path& file) {
  return file.has_parent_path() ? file.parent_path().string() : ".";
}

// "dead.000042.jsonl" → 42; nothing for all other names.
std::optional<std::uint64_t> number_in(std::string_view name, const std::filesystem::path& file) {
  const std::string stem = file.stem().string() + ".";
  const std::string extension = file.extension().string();
  if (!name.starts_with(stem) || !name.ends_with(extension)) return std::nullopt;
  if (name.size() < stem.size() + kDigits + extension.size()) return std::nullopt;
  const std::string_view digits = name.substr(stem.size(), name.size() - stem.size() - extension.size());
  std::uint64_t number = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (failed != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

// A folder that cannot be read has none: the names are then in the way one after the other.
std::map<std::uint64_t, std::filesystem::path> numbered(const std::filesystem::path& file) {
  std::map<std::uint64_t, std::filesystem::path> found;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(folder_of(file), failed)) {
    const std::optional<std::uint64_t> number = number_in(entry.path().filename().string(), file);
    if (number.has_value()) found.emplace(*number, entry.path());
  }
  return found;
}

}  // namespace

std::vector<std::filesystem::path> full_files(const std::filesystem::path& file) {
  std::vector<std::filesystem::path> files;
  for (auto& [number, path] : numbered(file)) files.push_back(path);
  return files;
}

std::filesystem::path next_full_file(const std::filesystem::path& file) {
  const std::map<std::uint64_t, std::filesystem::path> taken = numbered(file);
  std::string digits = std::to_string(taken.empty() ? 1 : taken.rbegin()->first + 1);
  if (digits.size() < kDigits) digits.insert(0, kDigits - digits.size(), '0');
  return file.parent_path() / (file.stem().string() + "." + digits + file.extension().string());
}

std::vector<std::filesystem::path> delete_oldest(const std::filesystem::path& file, std::size_t keep) {
  std::vector<std::filesystem::path> files = full_files(file);
  files.resize(files.size() - std::min(keep, files.size()));
  std::error_code failed;  // what cannot be deleted is tried again with the next full file
  std::erase_if(files, [&failed](const std::filesystem::path& full) { return !std::filesystem::remove(full, failed); });
  return files;
}

}  // namespace weir::sinks::file
