#include "chardev/spice/virt_viewer_file.hpp"

#include <string>
#include <string_view>

using namespace vscard;
using chardev::spice::parse_virt_viewer_file;
using chardev::spice::VirtViewerFile;

namespace {

/// "key=value\n" with everything escaped that can be; nothing for an empty value.
std::string line(const std::string& key, const std::string& value) {
  static constexpr std::string_view kRaw = "\n \t\r\\";
  static constexpr std::string_view kEscaped = "nstr\\";
  if (value.empty()) return "";
  std::string text = key + "=";
  for (const char c : value) {
    const std::size_t at = kRaw.find(c);
    text += at == std::string_view::npos ? std::string(1, c) : std::string("\\") + kEscaped[at];
  }
  return text + "\n";
}

std::string text_of(const VirtViewerFile& file) {
  const protocol::Bytes password = file.password.view();
  return "[virt-viewer]\ntype=spice\n" + line("host", file.host) + line("port", file.port) +
         line("tls-port", file.tls_port) + line("proxy", file.proxy) + line("ca", file.ca) +
         line("host-subject", file.subject) +
         line("password", std::string(password.begin(), password.end()));
}

bool same(const VirtViewerFile& a, const VirtViewerFile& b) {
  return a.host == b.host && a.port == b.port && a.tls_port == b.tls_port && a.proxy == b.proxy &&
         a.ca == b.ca && a.subject == b.subject && a.password == b.password;
}

Result<VirtViewerFile> parse(const std::string& text) {
  return parse_virt_viewer_file(std::vector<std::uint8_t>(text.begin(), text.end()));
}

}  // namespace

// What is read as a file is written and read again as the same, whatever another group says.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto file = parse_virt_viewer_file({data, size});
  if (!file) return file.error().text.empty() ? -1 : 0;
  if (file->host.empty() || (file->port.empty() && file->tls_port.empty())) __builtin_trap();
  const auto again = parse(text_of(*file) + "[other]\nhost=x\npassword=y\nunix-path=z\n");
  if (!again || !same(*again, *file)) __builtin_trap();
  return 0;
}
