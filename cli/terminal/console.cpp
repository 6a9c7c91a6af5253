#include "cli/terminal/console.hpp"

#include "cli/terminal/text.hpp"

#include <ostream>

namespace weir::cli {

void Console::error(std::string_view what) const {
  err << coloured("error:", Colour::red, err_traits.colours) << ' ' << printable(what) << std::endl;
}

void Console::warning(std::string_view what) const {
  err << coloured("warning:", Colour::yellow, err_traits.colours) << ' ' << printable(what) << std::endl;
}

}  // namespace weir::cli
