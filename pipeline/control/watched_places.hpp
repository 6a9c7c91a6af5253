// Where a change of a configuration shows: the directories whose entries decide which bytes a path leads to.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <vector>

namespace weir {

// What is to be heard of a directory.
enum class Hear : std::uint8_t {
  itself,   // that it is moved or deleted: it lies on the way to a file
  entries,  // what becomes of its entries, too: a file or a link of the way lies in it
};

// For each path, every directory on its way, through every link on that way: an editor puts a new file in the place of the
// old one, a mounted ConfigMap puts another directory behind `..data`. A directory among them stands for the YAML files in
// it. What is not there is looked for where it would appear. Blocks.
std::map<std::filesystem::path, Hear> places_to_watch(const std::vector<std::filesystem::path>& given);

}  // namespace weir
