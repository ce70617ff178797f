#include "pcsc-bridge/ifd/bridge.hpp"

#include "async/spawn.hpp"
#include "pcsc-bridge/ifd/log.hpp"
#include "pcsc-bridge/reader/channel_options.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace vscard::pcsc_bridge::ifd {
namespace {

using protocol::Errc;

/// A reader that is closed ends at once, and an answer comes at the client's time limit. What takes
/// so much longer is a fault of ours that must not hold pcscd up.
constexpr std::chrono::seconds kWaitForReaderEnd{1};

/// pcscd shows errors alone, unless it is asked for more: nobody would find a code.
void tell(const Notice& notice) {
  const bool warning = notice.severity == Notice::Severity::Warning;
  warning || !notice.code.empty() ? log::error(notice.text.c_str())
                                  : log::info(notice.text.c_str());
}

}  // namespace

Result<> Bridge::open(Lun lun, std::string_view device) {
  auto options = reader::parse_channel(device);
  if (!options) return std::unexpected(options.error());
  const std::lock_guard lock(mutex_);
  if (readers_.contains(lun)) return std::unexpected("pcscd opened one reader twice");
  auto channel = std::make_shared<reader::Channel>(std::move(*options));
  auto loop = std::make_shared<IoLoop>();
  auto reader = std::make_shared<reader::Reader>(loop->context().get_executor(), channel, tell);
  auto opened = reader->open();
  if (opened) {
    readers_.emplace(lun, start(std::move(channel), std::move(loop), std::move(reader)));
  }
  return opened;
}

Bridge::Served Bridge::start(std::shared_ptr<reader::Channel> channel, std::shared_ptr<IoLoop> loop,
                             std::shared_ptr<reader::Reader> reader) {
  std::promise<void> ended;
  asio::io_context& io = loop->context();
  Served served{.channel = std::move(channel),
                .loop = std::move(loop),
                .reader = reader,
                .ended = ended.get_future()};
  look_when_seen(served);
  auto running = reader->run();
  // If this throws, the captures are destroyed in reverse order, so the reader goes first.
  async::spawn(io.get_executor(), std::move(running),
               [ended = std::move(ended), reader = std::move(reader)]() mutable {
                 reader.reset();
                 ended.set_value();
               });
  return served;
}

void Bridge::look_when_seen(const Served& served) {
  const std::weak_ptr<IoLoop> weak_loop = served.loop;
  served.channel->slot.on_seen([weak_loop, weak = served.reader] {
    const auto loop = weak_loop.lock();
    if (!loop) return;
    asio::post(loop->context(), [weak] {
      if (const auto reader = weak.lock()) reader->look();
    });
  });
}

void Bridge::close(Lun lun) {
  const std::lock_guard lock(mutex_);
  const auto found = readers_.find(lun);
  if (found == readers_.end()) return;
  const Served served = std::move(found->second);
  readers_.erase(found);
  served.channel->slot.end_wait();
  asio::post(served.loop->context(), [weak = served.reader] {
    if (const auto reader = weak.lock()) reader->close();
  });
  if (served.ended.wait_for(kWaitForReaderEnd) != std::future_status::ready) {
    log::error("a reader does not end");
  }
}

std::shared_ptr<reader::Channel> Bridge::find(Lun lun) const {
  const std::lock_guard lock(mutex_);
  const auto found = readers_.find(lun);
  return found == readers_.end() ? nullptr : found->second.channel;
}

std::optional<Bridge::InUse> Bridge::use(Lun lun) const {
  const std::lock_guard lock(mutex_);
  const auto found = readers_.find(lun);
  if (found == readers_.end()) return std::nullopt;
  const Served& served = found->second;
  return InUse{.loop = served.loop,
               .reader = served.reader,
               .limit = served.channel->options.apdu_timeout + kWaitForReaderEnd};
}

reader::Answer Bridge::transmit(Lun lun, protocol::Bytes command) {
  const auto used = use(lun);
  if (!used) return std::unexpected(Errc::NoCard);
  const auto answer = std::make_shared<std::optional<reader::Answer>>();
  const auto start = [&] {
    if (const auto known = used->reader.lock()) {
      known->transmit(protocol::SecretBytes::copy_of(command), answer);
    } else {
      *answer = std::unexpected(Errc::NoCard);
    }
  };
  const auto answered = [&] { return answer->has_value(); };
  if (!used->loop->run(start, answered, protocol::Clock::now() + used->limit)) {
    log::error("a command came while another one was under way");
    return std::unexpected(Errc::TooManyCommands);
  }
  return answered() ? std::move(**answer) : std::unexpected(Errc::NoAnswer);
}

void Bridge::power(Lun lun, protocol::vsc::PowerAction action) {
  const auto used = use(lun);
  if (!used) return;
  const auto start = [reader = used->reader, action] {
    if (const auto known = reader.lock()) known->power(action);
  };
  const auto done = [] { return true; };
  if (!used->loop->run(start, done, protocol::Clock::now()))
    asio::post(used->loop->context(), start);
}

}  // namespace vscard::pcsc_bridge::ifd
