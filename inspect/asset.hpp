#pragma once

#include <span>
#include <string_view>

namespace vscard::inspect {

/// A file of the page, which is in the program.
struct Asset {
  std::string_view path;  ///< "/page.css"
  std::string_view type;  ///< "text/css"
  std::string_view text;
};

/// The files in the folder page/; index.html is "/". The build makes the source of this.
std::span<const Asset> assets();

}  // namespace vscard::inspect
