#pragma once

#include "protocol/vsc/client.hpp"
#include "protocol/vsc/host.hpp"

#include <string>
#include <utility>
#include <vector>

namespace vscard::protocol::vsc::test {

/// What machines do, as text that a test can list:
///   "> ATR 0 3b00"         a message sent, its reader number (x: undefined), its content
///   "command 0 00a40400"   and so on, see vsc_text.cpp
std::vector<std::string> text_of(const VscClient::Actions& actions);
std::vector<std::string> text_of(const VscHost::Actions& actions);
std::string text_of(const vsc::Message& message);

// Messages, short to write.
vsc::Message init(std::uint32_t capabilities = 0);
vsc::Message error(std::uint32_t code, ReaderId reader = ReaderId{0});
vsc::Message reader_add(std::string name = "", ReaderId reader = kUndefinedReader);
vsc::Message reader_remove(ReaderId reader = ReaderId{0});
vsc::Message atr(const std::string& hex, ReaderId reader = ReaderId{0});
vsc::Message card_remove(ReaderId reader = ReaderId{0});
vsc::Message apdu(const std::string& hex, ReaderId reader = ReaderId{0});
vsc::Message flush(ReaderId reader = ReaderId{0});
vsc::Message flush_complete(ReaderId reader = ReaderId{0});
vsc::Message ext_hello(std::uint32_t max_apdu = kMaxPayload, std::uint32_t features = 0,
                       std::uint32_t readers = 1);
vsc::Message power(PowerAction action, ReaderId reader = ReaderId{0});
vsc::Message cancel(ReaderId reader = ReaderId{0});
vsc::Message working(ReaderId reader = ReaderId{0});
vsc::Message reader_use(Use use, ReaderId reader);
/// Commands and their responses.
vsc::Message ahead(const std::vector<std::pair<std::string, std::string>>& exchanges,
                   ReaderId reader = ReaderId{0});
vsc::Message ping(std::uint32_t token);
vsc::Message pong(std::uint32_t token);
vsc::Message unknown(std::uint32_t type);

}  // namespace vscard::protocol::vsc::test
