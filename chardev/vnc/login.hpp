#pragma once

#include "chardev/vnc/errc.hpp"
#include "chardev/vnc/message.hpp"
#include "protocol/secret.hpp"

#include <cstddef>
#include <expected>
#include <vector>

namespace vscard::chardev::vnc {

/// The beginning of a client that comes for the channel, without I/O: it logs in and announces.
///
///     while (login.wants() > 0) write(login.receive(exactly wants() bytes));
///
/// With encryption it then needs_tls() once, and goes on the same way when that is there. Then a
/// server that knows the extension sends its offer, of kOfferSize bytes.
class Login {
 public:
  enum class Encryption { None, Tls };
  /// `password` must stay valid as long as this object; empty where none is known.
  explicit Login(const protocol::SecretBytes& password, Encryption encryption = Encryption::None)
      : password_(password), encryption_(encryption) {}

  /// Bytes to be received next, at most kMaxName; 0 when it has announced, or needs TLS.
  std::size_t wants() const { return wants_; }
  bool needs_tls() const { return state_ == State::Tls; }
  /// What is received from now on has come through TLS.
  void encrypted();
  /// What is to be written, which may be nothing. After an error the connection is to be closed.
  std::expected<std::vector<std::uint8_t>, Errc> receive(Bytes bytes);

 private:
  enum class State {
    Version,    ///< left by the server's version
    TypeCount,  ///< left by the number of its security types
    Types,      ///< left by these, of which one is chosen
    // Of VeNCrypt
    TlsVersion,    ///< left by the server's
    TlsAccepted,   ///< left when the server takes ours
    SubtypeCount,  ///< left by the number of its subtypes
    Subtypes,      ///< left by these, of which one is chosen
    TlsBegins,     ///< left when the server takes that
    Tls,           ///< left by encrypted()
    Challenge,     ///< left by the challenge, which is answered
    Result,        ///< left when the server lets in
    Init,          ///< left by all of ServerInit but the name
    Name,          ///< left by the name, and the announcement
    Announced,
  };
  using Received = std::expected<std::vector<std::uint8_t>, Errc>;

  Received proceed(State next, std::size_t wants, std::vector<std::uint8_t> answer = {});
  Received receive_version(Bytes version);
  Received choose(Bytes types);
  Received choose_subtype(Bytes subtypes);
  Received receive_result(Bytes result);
  Received receive_init(Bytes init);
  Received announce();

  const protocol::SecretBytes& password_;
  Encryption encryption_;
  State state_ = State::Version;
  std::size_t wants_ = kVersionSize;
  Security type_ = Security::None;
};

}  // namespace vscard::chardev::vnc
