#include "pcsc-bridge/ifd/bridge.hpp"

#include "pcsc-bridge/ifd/log.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <utility>

namespace vscard::ifd {
namespace {

using protocol::Errc;

/// A reader that is closed ends at once; an answer comes at the client's time limit. What takes so
/// much longer is a fault of ours that must not hold pcscd up.
constexpr std::chrono::seconds kGrace{1};

}  // namespace

std::expected<void, std::string> Bridge::open(Lun lun, std::string_view device) {
  auto options = parse_channel(device);
  if (!options) return std::unexpected(options.error());
  const std::lock_guard lock(mutex_);
  if (channels_.contains(lun)) return std::unexpected("pcscd opened the same reader twice");
  if (!io_) io_.emplace();
  auto slot = std::make_shared<Slot>();
  auto reader = std::make_shared<Reader>(io_->context().get_executor(), *options, slot);
  if (auto opened = reader->open(); !opened) {
    reader.reset();
    if (channels_.empty()) io_.reset();
    return opened;
  }
  std::promise<void> ended;
  channels_.emplace(lun, Channel{.options = std::move(*options),
                                 .slot = std::move(slot),
                                 .reader = reader,
                                 .ended = ended.get_future()});
  auto running = reader->run();
  asio::co_spawn(
      io_->context(), std::move(running),
      [reader = std::move(reader), ended = std::move(ended)](std::exception_ptr error) mutable {
        reader.reset();
        ended.set_value();
        if (error) std::rethrow_exception(error);
      });
  return {};
}

void Bridge::close(Lun lun) {
  const std::lock_guard lock(mutex_);
  const auto found = channels_.find(lun);
  if (found == channels_.end()) return;
  const Channel channel = std::move(found->second);
  channels_.erase(found);
  channel.slot->end_wait();
  asio::post(io_->context(), [weak = channel.reader] {
    if (const auto reader = weak.lock()) reader->close();
  });
  if (channel.ended.wait_for(kGrace) != std::future_status::ready) {
    log::error("a reader does not end");
  }
  if (channels_.empty()) io_.reset();
}

Answer Bridge::transmit(Lun lun, protocol::Bytes command) {
  std::promise<Answer> promise;
  std::future<Answer> answer = promise.get_future();
  protocol::Duration limit{};
  {
    const std::lock_guard lock(mutex_);
    const auto found = channels_.find(lun);
    if (found == channels_.end()) return std::unexpected(Errc::NoCard);
    limit = found->second.options.apdu_timeout + kGrace;
    asio::post(io_->context(),
               [weak = found->second.reader, bytes = protocol::SecretBytes::copy_of(command),
                promise = std::move(promise)]() mutable {
                 if (const auto reader = weak.lock()) {
                   reader->transmit(std::move(bytes), std::move(promise));
                 } else {
                   promise.set_value(std::unexpected(Errc::NoCard));
                 }
               });
  }
  if (answer.wait_for(limit) != std::future_status::ready) return std::unexpected(Errc::NoAnswer);
  return answer.get();
}

std::shared_ptr<Slot> Bridge::slot(Lun lun) const {
  const std::lock_guard lock(mutex_);
  const auto found = channels_.find(lun);
  return found == channels_.end() ? nullptr : found->second.slot;
}

std::optional<ChannelOptions> Bridge::options(Lun lun) const {
  const std::lock_guard lock(mutex_);
  const auto found = channels_.find(lun);
  if (found == channels_.end()) return std::nullopt;
  return found->second.options;
}

}  // namespace vscard::ifd
