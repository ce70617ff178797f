#include "bench/host.hpp"

#include "async/spawn.hpp"

#include <stdexcept>
#include <utility>

namespace vscard::bench {
namespace {

/// Many times what any step needs on a busy machine.
constexpr std::chrono::seconds kPatience{30};

session::VscLinkOptions link_at(const std::string& address,
                                std::span<const chardev::Transport* const> transports) {
  const auto parsed = chardev::parse_address(address);
  if (!parsed) throw std::runtime_error(parsed.error().text);
  const auto transport = chardev::find_transport(transports, *parsed);
  if (!transport) throw std::runtime_error(transport.error().text);
  const auto mode = (*transport)->only.value_or(chardev::Endpoint::Mode::Listen);
  return {.link = {.endpoint = {.mode = mode, .address = *parsed},
                   .exposure = session::LinkOptions::Exposure::Allowed},
          .transport = *transport};
}

}  // namespace

Host::Host(const std::string& address, std::span<const chardev::Transport* const> transports)
    : link_(io_.get_executor(), link_at(address, transports), *this, [](const Notice&) {}) {
  if (const auto opened = link_.open(); !opened) throw std::runtime_error(opened.error().text);
  async::spawn(io_.get_executor(), link_.run(), [this](const Result<>&) { io_.stop(); });
}

/// The coroutine uses what goes before io_ does. What is shared, as the connection to a NATS
/// server, ends with the link, not before.
Host::~Host() {
  link_.leave();
  io_.run();
}

void Host::wait_for_card() {
  run_until([this] { return card_in_; }, "a card");
}

protocol::SecretBytes Host::exchange(protocol::Bytes command) {
  response_.reset();
  link_.transmit(reader_, protocol::SecretBytes::copy_of(command));
  run_until([this] { return response_.has_value(); }, "a response");
  return std::exchange(response_, std::nullopt).value_or(protocol::SecretBytes());
}

void Host::perform(protocol::vsc::VscHost::Action action) {
  using protocol::vsc::VscHost;
  if (const auto* inserted = std::get_if<VscHost::CardInserted>(&action)) {
    reader_ = inserted->reader;
    card_in_ = true;
  } else if (auto* response = std::get_if<VscHost::Response>(&action)) {
    response_ = std::move(response->bytes);
  }
}

void Host::run_until(const std::function<bool()>& done, const char* awaited) {
  const auto limit = protocol::Clock::now() + kPatience;
  while (!done()) {
    if (io_.run_one_until(limit) == 0) {
      throw std::runtime_error(address() + ": the client gave no sign of " + awaited);
    }
  }
}

}  // namespace vscard::bench
