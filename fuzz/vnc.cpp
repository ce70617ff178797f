#include "chardev/vnc/channel_decoder.hpp"
#include "chardev/vnc/login.hpp"
#include "chardev/vnc/login_watch.hpp"
#include "chardev/vnc/server_login.hpp"

#include <algorithm>
#include <vector>

using namespace vscard;
using namespace vscard::chardev::vnc;

namespace {

constexpr std::size_t kMaxPiece = 4096;

void require(bool holds) {
  if (!holds) __builtin_trap();
}

/// What a decoder gives of pieces of this size; `error`: it did not go on.
std::vector<std::uint8_t> decode(Bytes bytes, std::size_t piece, bool& error) {
  ChannelDecoder decoder;
  std::vector<std::uint8_t> data;
  std::vector<std::uint8_t> into(piece);
  while (!bytes.empty()) {
    const Bytes part = bytes.first(std::min(piece, bytes.size()));
    bytes = bytes.subspan(part.size());
    decoder.feed(part);
    auto size = decoder.read(into);
    for (; size && *size > 0; size = decoder.read(into)) {
      data.insert(data.end(), into.begin(), into.begin() + static_cast<std::ptrdiff_t>(*size));
    }
    error = !size;
    if (error) break;
  }
  return data;
}

/// However a stream is cut, the same comes out.
void check_decoder(std::size_t piece, Bytes bytes) {
  bool error = false;
  bool same_error = false;
  require(decode(bytes, piece, error) == decode(bytes, bytes.size() + 1, same_error));
  require(error == same_error);
}

/// Nobody announces whom the server did not let in.
void check_watch(Bytes bytes) {
  LoginWatch watch;
  bool let_in = false;
  for (auto piece = watch.next(); piece && piece->size <= bytes.size(); piece = watch.next()) {
    require(piece->size > 0 && piece->size <= kMaxPiece);
    const Bytes part = bytes.first(piece->size);
    bytes = bytes.subspan(piece->size);
    const bool result = piece->from == LoginWatch::Side::Server && piece->size == kResultSize;
    let_in |= result && is_ok(part);
    watch.passed(part);
    require(!watch.announced() || (let_in && announces(part)));
  }
}

/// Each login is there once, and what a tunnel offers of them has room in a byte.
void check_subtypes(Bytes bytes) {
  const auto logins = logins_in_tls(bytes);
  require(logins.size() <= 2);
  require(logins.size() < 2 || logins[0].login != logins[1].login);
}

void check_login(const protocol::SecretBytes& password, Login::Encryption encryption, Bytes bytes) {
  Login login(password, encryption);
  bool encrypted = false;
  while (login.wants() > 0 && login.wants() <= bytes.size()) {
    require(login.wants() <= kMaxPiece);
    const Bytes part = bytes.first(login.wants());
    bytes = bytes.subspan(part.size());
    if (!login.receive(part)) return;
    encrypted |= login.needs_tls();
    if (login.needs_tls()) login.encrypted();
  }
  require(login.wants() > 0 || encrypted == (encryption == Login::Encryption::Tls));
}

}  // namespace

// The size of pieces, and what the other side says: to each of the four.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto kPassword = protocol::SecretBytes::zeros(1);
  protocol::ByteReader in({data, size});
  const std::size_t piece = std::size_t{in.u8()} + 1;
  const Bytes bytes = in.rest();
  check_decoder(piece, bytes);
  check_watch(bytes);
  check_subtypes(bytes);
  check_login(piece % 2 == 0 ? protocol::SecretBytes() : kPassword.clone(),
              piece % 4 < 2 ? Login::Encryption::None : Login::Encryption::Tls, bytes);
  return 0;
}
