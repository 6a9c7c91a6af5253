#include "pipeline/control/watched_places.hpp"

#include "pipeline/topology/yaml_files.hpp"

#include <deque>
#include <system_error>

namespace weir {

namespace {

namespace fs = std::filesystem;

constexpr int kMostLinks = 40;  // as the kernel follows

using Places = std::map<fs::path, Hear>;

void hear_entries(Places& places, const fs::path& directory) {
  places[directory] = Hear::entries;
}

// Walks to where `path` leads, and notes what it passes. Where it leads, or nothing.
fs::path walk(const fs::path& path, Places& places) {
  std::deque<fs::path> rest;
  for (const fs::path& part : path.relative_path()) rest.push_back(part);
  fs::path here = "/";
  int links = 0;
  while (!rest.empty()) {
    const fs::path part = rest.front();
    rest.pop_front();
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      here = here.parent_path();
      continue;
    }
    places.emplace(here, Hear::itself);
    const fs::path next = here / part;
    std::error_code failure;
    const fs::file_type type = fs::symlink_status(next, failure).type();
    const bool is_link = type == fs::file_type::symlink;
    if (is_link || rest.empty() || type == fs::file_type::not_found) hear_entries(places, here);
    if (is_link) {
      const fs::path target = fs::read_symlink(next, failure);
      if (failure || ++links > kMostLinks) return {};
      std::deque<fs::path> way;
      for (const fs::path& step : target.relative_path()) way.push_back(step);
      rest.insert(rest.begin(), way.begin(), way.end());
      if (target.is_absolute()) here = "/";
      continue;
    }
    if (type == fs::file_type::not_found || type == fs::file_type::none) return {};
    here = next;
  }
  return here;
}

}  // namespace

std::map<fs::path, Hear> places_to_watch(const std::vector<fs::path>& given) {
  Places places;
  for (const fs::path& path : given) {
    std::error_code failure;
    const fs::path end = walk(fs::absolute(path, failure), places);
    if (end.empty() || !fs::is_directory(end, failure)) continue;
    hear_entries(places, end);
    for (const fs::path& file : yaml_files_in(end, failure)) walk(file, places);
  }
  return places;
}

}  // namespace weir
