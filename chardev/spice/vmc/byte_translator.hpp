#pragma once

#include "chardev/spice/translator.hpp"

#include <optional>
#include <string>

namespace vscard::chardev::spice::vmc {

/// The bytes as they are.
class ByteTranslator final : public Translator {
 public:
  /// Of a usbredir channel.
  ByteTranslator() = default;
  /// Of a port, which has to be of this name: else Errc::AnotherPort.
  explicit ByteTranslator(std::string port) : awaited_(std::move(port)) {}

  std::error_code from_client(Bytes bytes) override;
  std::error_code from_server(const Message& message) override;
  Pieces take_for_client() override;
  Pieces take_for_server() override;

 private:
  std::optional<std::string> awaited_;  ///< until the port has said its name
  Pieces for_client_;
  Pieces for_server_;
};

}  // namespace vscard::chardev::spice::vmc
