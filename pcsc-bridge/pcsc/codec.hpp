#pragma once

#include "pcsc-bridge/pcsc/message.hpp"
#include "protocol/errc.hpp"

#include <expected>
#include <optional>
#include <span>

namespace vscard::pcsc_bridge::pcsc {

/// Bytes of the struct of a request; nothing: there is no such command.
std::optional<std::size_t> struct_size(Command command);

/// `bytes` are as many as struct_size() says. Errc::BadLength: of data that does not fit.
std::expected<Call, protocol::Errc> decode(Command command, Bytes bytes);
/// How many bytes follow the struct.
std::size_t data_size(const Call& call);

/// An answer, and what follows its struct, in one piece. One without a struct is empty.
SecretBytes encode(const Call& answer, Bytes data = {});
SecretBytes encode(const Event& event);
SecretBytes encode_count(std::uint32_t count);
/// `count` states: the given ones and, behind them, free ones.
SecretBytes encode(std::span<const ReaderState> states, std::size_t count);

}  // namespace vscard::pcsc_bridge::pcsc
