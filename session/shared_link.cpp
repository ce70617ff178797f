#include "session/shared_link.hpp"

#include <utility>

namespace vscard::session {

using protocol::vsc::ReaderId;
using protocol::vsc::VscClient;

/// Its reader is 0 to the card, and another one on the link.
class SharedLink::Share final : public CardHosts {
 public:
  Share(SharedLink& shared, const Sharer& sharer, ReaderId number)
      : shared_(shared), sharer_(sharer), number_(number) {}

  Result<> open() override { return shared_.open(); }
  Awaitable<Result<>> run() override { return shared_.run(sharer_); }
  void leave() override { link().leave(); }
  std::string address() const override { return link().address(); }
  bool listens() const override { return link().listens(); }
  std::optional<std::string> remote() const override { return link().remote(); }
  std::optional<protocol::Duration> round_trip() const override { return link().round_trip(); }
  chardev::Pairing* pairing() const override { return link().pairing(); }
  chardev::Lending* lending() const override { return link().lending(); }

  void add_reader(ReaderId /*reader*/, std::string name,
                  protocol::vsc::AheadPolicy ahead) override {
    link().add_reader(number_, std::move(name), ahead);
  }
  void insert_card(ReaderId /*reader*/, const protocol::iso7816::Atr& atr) override {
    link().insert_card(number_, atr);
  }
  void reset_card(ReaderId /*reader*/, const protocol::iso7816::Atr& atr) override {
    link().reset_card(number_, atr);
  }
  void remove_card(ReaderId /*reader*/) override { link().remove_card(number_); }
  void respond(ReaderId /*reader*/, protocol::SecretBytes response) override {
    link().respond(number_, std::move(response));
  }
  void no_answer(ReaderId /*reader*/) override { link().no_answer(number_); }
  void works(ReaderId /*reader*/) override { link().works(number_); }
  bool settled(ReaderId /*reader*/) const override { return link().settled(number_); }

 private:
  ClientLink& link() const { return shared_.link_; }

  SharedLink& shared_;
  const Sharer& sharer_;
  ReaderId number_;
};

SharedLink::SharedLink(const asio::any_io_executor& executor, const VscLinkOptions& options)
    : link_(
          executor, options, *this,
          [this](const Notice& notice) { sharers_.front()->notify(notice); },
          [this] {
            for (const auto& sharer : sharers_) {
              if (sharer->remote_changed) sharer->remote_changed();
            }
          }) {}

std::unique_ptr<CardHosts> SharedLink::share(CardSide& card, Notify notify,
                                             std::function<void()> remote_changed) {
  const ReaderId number{static_cast<std::uint32_t>(sharers_.size())};
  sharers_.push_back(std::make_unique<Sharer>(Sharer{
      .card = &card, .notify = std::move(notify), .remote_changed = std::move(remote_changed)}));
  return std::make_unique<Share>(*this, *sharers_.back(), number);
}

void SharedLink::perform(VscClient::Action action) {
  std::visit(
      [&](auto& it) {
        if constexpr (requires { it.reader; }) {
          const auto number = static_cast<std::size_t>(std::exchange(it.reader, ReaderId{0}));
          sharers_.at(number)->card->perform(std::move(it));
        }
      },
      action);
}

void SharedLink::host_has_gone() {
  for (const auto& sharer : sharers_) sharer->card->host_has_gone();
}

void SharedLink::host_has_answered() {
  for (const auto& sharer : sharers_) sharer->card->host_has_answered();
}

Result<> SharedLink::open() {
  if (std::exchange(opened_, true)) return {};
  return link_.open();
}

/// How it ended is the first one's to tell.
Awaitable<Result<>> SharedLink::run(const Sharer& sharer) {
  if (&sharer == sharers_.front().get()) {
    auto ended = co_await link_.run();
    over_ = true;
    ended_.notify();
    co_return ended;
  }
  while (!over_) co_await ended_.wait();
  co_return Result<>{};
}

}  // namespace vscard::session
