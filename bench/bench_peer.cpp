// Usage: bench-peer [late-]card ADDRESS | reader PATH | [late-]vpcd-card PORT
// What commands end at: a card that answers at once, in a client of ours or at vsmartcard's vpcd,
// which may acknowledge late; or a whole reader for QEMU's usb-redir. It serves until the other
// side closes.

#include "bench/instant_card.hpp"
#include "bench/instant_reader.hpp"
#include "bench/vpcd_card.hpp"

#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>

namespace {

using namespace vscard::bench;

void serve(const std::string& what, const std::string& address) {
  if (what == "card") {
    serve_instant_card(address, Acknowledge::AtOnce);
  } else if (what == "late-card") {
    serve_instant_card(address, Acknowledge::AsTheSystemDoes);
  } else if (what == "reader") {
    serve_instant_reader(address);
  } else if (what == "vpcd-card") {
    serve_vpcd_card(address, Acknowledge::AtOnce);
  } else if (what == "late-vpcd-card") {
    serve_vpcd_card(address, Acknowledge::AsTheSystemDoes);
  } else {
    throw std::runtime_error("it is no " + what);
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 3)
      throw std::runtime_error("usage: bench-peer [late-]card|reader|[late-]vpcd-card ADDRESS");
    serve(argv[1], argv[2]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench-peer: %s\n", error.what());
    return 1;
  }
  return 0;
}
