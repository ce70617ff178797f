#pragma once

#include "ccid-passthru/carrier.hpp"
#include "ccid-passthru/guest_stream.hpp"
#include "session/link.hpp"

#include <optional>
#include <string>

namespace vscard::ccid_passthru::usbredir {

struct UsbredirOptions {
  session::LinkOptions link;
  const chardev::Transport* transport = nullptr;  ///< the endpoint's; outlives the link
  std::string version;                            ///< what guests are told about this program
};

/// Carries a device over usbredir: a link brings one guest's stream after the other.
class UsbredirLink final : public Carrier {
 public:
  UsbredirLink(const asio::any_io_executor& executor, const UsbredirOptions& options,
               CarriedDevice carried);

  Result<> open() override { return link_.open(); }
  Awaitable<Result<>> run() override { return link_.run(); }
  void perform(usb::Device::Action action) override;
  void leave() override;
  std::string address() const override { return link_.address(); }
  std::optional<std::string> remote() const override { return link_.remote(); }
  chardev::Pairing* pairing() const override { return link_.pairing(); }

 private:
  Awaitable<session::Ending> serve(chardev::Stream& stream);

  CarriedDevice carried_;
  std::string version_;
  session::Link link_;
  GuestStream* guest_ = nullptr;  ///< while one is served
};

}  // namespace vscard::ccid_passthru::usbredir
