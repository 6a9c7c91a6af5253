// Files of environment variables, as --env-file names them: what many tools call a dotenv file.
//
//   # a comment; empty lines do not count
//   KAFKA_BROKERS=kafka-1:9092        # so does what follows a blank and #
//   export KAFKA_GROUP_ID=orders      for files that a shell reads, too
//   PASSWORD='as $it "stands"'        single quotes: nothing has a meaning within
//   PEM="two\nlines"                  double quotes: \n \r \t \" \\ \$ are escapes
//
// Text in quotes may go on over several lines. Nothing is put in for $NAME or ${NAME}: an unquoted or double-quoted ${ is
// refused, since other tools would expand it. A later line beats an earlier one, with a warning.
#pragma once

#include "pipeline/config/diagnostics.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace weir::config {

using Variables = std::map<std::string, std::string, std::less<>>;

// The variables of a text. Every line that is not understood is a finding, which never shows a value. `file` stands in
// the marks.
Variables parse_env_file(std::string_view text, const std::string& file, Diagnostics& out);
// The same from a file of at most 1 MiB.
Variables read_env_file(const std::filesystem::path& file, Diagnostics& out);

}  // namespace weir::config
