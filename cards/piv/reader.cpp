#include "cards/piv/reader.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace vscard::cards::piv {
namespace {

using Response = std::expected<SecretBytes, CardError>;
using Takes = async::OrderedWorker::Takes;
using PowerOn = std::expected<protocol::iso7816::Atr, CardError>;

}  // namespace

Reader::Reader(asio::any_io_executor executor, Card card, std::string name, Renewal renewal)
    : executor_(std::move(executor)),
      card_(std::move(card)),
      name_(std::move(name)),
      renewal_(std::move(renewal)) {}

void Reader::watch(std::function<void(const CardEvent&)> on_event) {
  asio::post(executor_, [on_event = std::move(on_event)] { on_event(CardInserted{atr()}); });
}

Awaitable<Response> Reader::transmit(SecretBytes command) {
  const auto takes = Card::is_quick(command.view()) ? Takes::Moments : Takes::AWhile;
  std::move_only_function<Response()> work = [this, command = std::move(command)] {
    return Response(card_.transmit(command.view()));
  };
  co_return co_await worker_.run<Response>(takes, std::move(work));
}

Awaitable<void> Reader::renew() {
  if (!renewal_) co_return;
  std::move_only_function<bool()> work = [this] {
    auto next = renewal_(card_.application().state());
    if (next) card_.replace(std::move(*next));
    return next.has_value();
  };
  co_await worker_.run<bool>(Takes::AWhile, std::move(work));
}

Awaitable<PowerOn> Reader::reset(PowerAction /*action*/) {
  std::move_only_function<PowerOn()> work = [this] {
    card_.reset();
    return PowerOn(atr());
  };
  co_return co_await worker_.run<PowerOn>(Takes::Moments, std::move(work));
}

}  // namespace vscard::cards::piv
