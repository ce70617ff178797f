#include "cards/pkcs11/reader.hpp"

#include "async/spawn.hpp"

#include <boost/asio/post.hpp>

#include <chrono>
#include <utility>

namespace vscard::cards::pkcs11 {
namespace {

using Response = std::expected<SecretBytes, CardError>;
using PowerOn = std::expected<protocol::iso7816::Atr, CardError>;

constexpr std::chrono::seconds kBetweenLooks{1};

}  // namespace

Reader::Reader(asio::any_io_executor executor, piv::State state, std::unique_ptr<TokenKeys> keys,
               std::string name, std::function<void(const std::string&)> changed, Renewal renewal)
    : executor_(std::move(executor)),
      keys_(*keys),
      card_(
          std::move(state), [](Bytes /*state*/) { return true; }, std::move(keys)),
      renewal_(std::move(renewal)),
      name_(std::move(name)),
      changed_(std::move(changed)) {}

void Reader::watch(std::function<void(const CardEvent&)> on_event) {
  on_event_ = std::move(on_event);
  asio::post(executor_, [this] { on_event_(CardInserted{piv::atr()}); });
  async::spawn(executor_, follow());
}

Awaitable<Response> Reader::transmit(SecretBytes command) {
  if (!present_) co_return std::unexpected(CardError::NoCard);
  std::move_only_function<Response()> work = [this, command = std::move(command)] {
    return Response(card_.transmit(command.view()));
  };
  auto response = co_await async::on_worker<Response>(worker_, std::move(work));
  if (keys_.suspect()) look_.notify();
  co_return response;
}

Awaitable<void> Reader::renew() {
  if (!present_) co_return;
  std::move_only_function<bool()> work = [this] {
    read_again();
    return true;
  };
  co_await async::on_worker<bool>(worker_, std::move(work));
}

Awaitable<PowerOn> Reader::reset(PowerAction /*action*/) {
  if (!present_) co_return std::unexpected(CardError::NoCard);
  std::move_only_function<PowerOn()> work = [this] {
    card_.reset();
    return PowerOn(piv::atr());
  };
  co_return co_await async::on_worker<PowerOn>(worker_, std::move(work));
}

Awaitable<void> Reader::follow() {
  for (;;) {
    co_await look_.wait_for(kBetweenLooks);
    std::move_only_function<bool()> work = [this, was_present = present_] {
      return look(was_present);
    };
    looking_ = true;
    const bool there = co_await async::on_worker<bool>(worker_, std::move(work));
    looking_ = false;
    note(there);
  }
}

/// On the worker's thread: is the token there? One that came back may have changed.
bool Reader::look(bool was_present) {
  const bool there = keys_.present();
  if (there && !was_present) read_again();
  if (!there && was_present) card_.reset();
  return there;
}

void Reader::read_again() {
  auto next = renewal_(card_.application().state(), keys_);
  if (next) card_.replace(std::move(*next));
}

void Reader::note(bool present) {
  if (std::exchange(present_, present) == present) return;
  changed_(present ? "is back" : "was removed");
  if (present) {
    on_event_(CardInserted{piv::atr()});
  } else {
    on_event_(CardRemoved{});
  }
}

}  // namespace vscard::cards::pkcs11
