#include "protocol/vsc/resumption.hpp"

#include "protocol/vsc/peer_limits.hpp"

#include <algorithm>

namespace vscard::protocol::vsc {
namespace {

/// How long the peer may not know what has been received.
constexpr std::chrono::milliseconds kTellWithin{200};
/// From how much on it is told along with the next message, if there is one. From twice as much on
/// it is told at once.
constexpr std::uint32_t kTellAfter = 16;              ///< messages
constexpr std::size_t kTellAfterBytes = kMaxPayload;  ///< … or bytes
/// What is kept at most for a peer that does not say what it has received.
constexpr std::size_t kMaxKept = 256;
constexpr std::size_t kMaxKeptBytes = 16 * kMaxPayload;

/// About the connection, not the conversation: neither counted nor kept.
bool of_connection(const Body& body) {
  return std::holds_alternative<Ping>(body) || std::holds_alternative<Pong>(body) ||
         std::holds_alternative<Received>(body) || std::holds_alternative<Resume>(body) ||
         std::holds_alternative<Bye>(body);
}

Message about_no_reader(Body body) { return {kUndefinedReader, std::move(body)}; }

SecretBytes join(const SecretBytes& first, const SecretBytes& second) {
  auto bytes = SecretBytes::with_capacity(first.size() + second.size());
  bytes.append(first.view());
  bytes.append(second.view());
  return bytes;
}

/// In a time that does not tell where they differ.
bool same(const ResumeSecret& a, const ResumeSecret& b) {
  std::uint8_t difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference |= std::uint8_t(a.at(i) ^ b.at(i));
  return difference == 0;
}

}  // namespace

void Resumption::connected(const Random& random, Time now) {
  random_ = random;
  said_init_ = said_hello_ = bye_ = false;
  their_init_.reset();
  theirs_.reset();
  if (state_ != State::Suspended) return;
  state_ = State::Asking;
  answer_by_ = now + kAnswerTimeout;
  if (side_ == Side::Client) say({ReaderId{0}, Init{.capabilities = kExtension}});
}

void Resumption::send(Message message) {
  const bool init = std::holds_alternative<Init>(message.body);
  const auto* hello = std::get_if<ExtHello>(&message.body);
  if ((init && said_init_) || (hello != nullptr && said_hello_)) return;
  if (hello != nullptr) {
    my_hello_ = *hello;
    message = this->hello(std::nullopt);
  }
  const bool counted = state_ != State::Passing && !of_connection(message.body);
  if (counted) {
    keep(message);
  } else if (!suspended()) {
    say(message);
  }
}

/// Notes what of the greeting was said.
void Resumption::say(const Message& message) {
  said_init_ = said_init_ || std::holds_alternative<Init>(message.body);
  const bool hello = std::holds_alternative<ExtHello>(message.body);
  ends_.write(encode(message).view());
  if (!hello) return;
  said_hello_ = true;
  if (state_ == State::Passing) agree();
}

void Resumption::keep(const Message& message) {
  kept_.push_back(encode(message));
  const SecretBytes& bytes = kept_.back();
  kept_bytes_ += bytes.size();
  if (state_ == State::Running && much_untold(1)) {
    ends_.write(join(encode(about_no_reader(told())), bytes).view());
  } else if (state_ == State::Running) {
    ends_.write(bytes.view());
  }
  if (kept_.size() <= kMaxKept && kept_bytes_ <= kMaxKeptBytes) return;
  bye_ = true;
  deadline_ = {};
  ends_.ended(Errc::TooManyCommands);
}

/// Have both said that they resume?
void Resumption::agree() {
  if (!said_hello_ || !theirs_ || grace_ == Duration::zero()) return;
  const ResumeOffer& offer = theirs_->resume;
  if (!offer.secret || (side_ == Side::Host && !offer.session)) return;
  state_ = State::Running;
  mine_ = random_;
  their_secret_ = *offer.secret;
  session_ = side_ == Side::Host ? *offer.session : mine_.session;
}

void Resumption::receive(Message message, Time now) {
  switch (state_) {
    case State::Passing:
      receive_passing(std::move(message));
      break;
    case State::Running:
      receive_running(std::move(message), now);
      break;
    case State::Asking:
    case State::Proving:
      receive_asking(message);
      break;
    case State::Suspended:
      break;
  }
}

void Resumption::receive_passing(Message&& message) {
  if (const auto* hello = std::get_if<ExtHello>(&message.body); hello != nullptr && !theirs_) {
    hear_hello(*hello);
  }
  ends_.deliver(std::move(message));
}

void Resumption::hear_hello(const ExtHello& hello) {
  theirs_ = hello;
  agree();
  const bool asks = side_ == Side::Host && hello.resume.earlier && grace_ != Duration::zero();
  if (asks) ends_.write(encode(about_no_reader(Resume{})).view());
}

void Resumption::receive_running(Message&& message, Time now) {
  if (const auto* received = std::get_if<Received>(&message.body)) {
    if (!drop_received(received->count)) ends_.ended(Errc::UnexpectedMessage);
  } else if (std::holds_alternative<Bye>(message.body)) {
    bye_ = true;
  } else if (std::holds_alternative<Resume>(message.body)) {
    ends_.ended(Errc::UnexpectedMessage);
  } else if (of_connection(message.body)) {
    ends_.deliver(std::move(message));
  } else {
    count(std::move(message), now);
  }
}

void Resumption::count(Message&& message, Time now) {
  if (!tell_by_) tell_by_ = now + kTellWithin;
  ++received_;
  untold_bytes_ += encoded_size(message);
  if (much_untold(2)) ends_.write(encode(about_no_reader(told())).view());
  ends_.deliver(std::move(message));
}

bool Resumption::much_untold(std::uint32_t times) const {
  return received_ - told_ >= times * kTellAfter || untold_bytes_ >= times * kTellAfterBytes;
}

/// What the peer is told now.
Received Resumption::told() {
  told_ = received_;
  untold_bytes_ = 0;
  return {received_};
}

/// False: the peer cannot have received so many.
bool Resumption::drop_received(std::uint32_t count) {
  const std::uint32_t more = count - dropped_;
  if (more > kept_.size()) return false;
  for (std::uint32_t i = 0; i < more; ++i) {
    kept_bytes_ -= kept_.front().size();
    kept_.pop_front();
  }
  dropped_ = count;
  return true;
}

/// On a further connection, before it is clear whether the peer knows the conversation.
void Resumption::receive_asking(const Message& message) {
  const auto* init = std::get_if<Init>(&message.body);
  const auto* hello = std::get_if<ExtHello>(&message.body);
  const auto* resume = std::get_if<Resume>(&message.body);
  if (std::holds_alternative<Unknown>(message.body)) return;
  if (init != nullptr && !their_init_) {
    ask(*init);
  } else if (hello != nullptr && their_init_ && !theirs_) {
    answer(*hello);
  } else if (resume != nullptr && theirs_) {
    prove(*resume);
  } else if (init == nullptr) {  // a second Init means nothing
    ends_.ended(Errc::UnexpectedMessage);
  }
}

void Resumption::ask(const Init& init) {
  their_init_ = init;
  if ((init.capabilities & kExtension) == 0) {
    restart();
  } else if (side_ == Side::Client) {
    say(hello(ResumePoint{.session = *session_, .received = received_}));
  } else {
    say(about_no_reader(Init{.capabilities = kExtension}));
    say(hello(std::nullopt));
  }
}

void Resumption::answer(const ExtHello& hello) {
  theirs_ = hello;
  const ResumeOffer& offer = hello.resume;
  if (side_ == Side::Client) {
    if (!offer.secret) restart();
  } else if (offer.earlier && offer.earlier->session == *session_) {
    state_ = State::Proving;
    promised_ = offer.earlier->received;
    ends_.write(encode(about_no_reader(proof())).view());
  } else {
    restart();
  }
}

void Resumption::prove(const Resume& resume) {
  const bool client = side_ == Side::Client;
  if (client && !resume.proof) {
    restart();
  } else if (resume.proof && same(resume.proof->secret, their_secret_) &&
             (client || state_ == State::Proving)) {
    if (client) ends_.write(encode(about_no_reader(proof())).view());
    go_on(client ? resume.proof->received : promised_);
  } else {
    ends_.ended(Errc::UnexpectedMessage);
  }
}

void Resumption::go_on(std::uint32_t received) {
  if (!drop_received(received)) {
    bye_ = true;
    ends_.ended(Errc::UnexpectedMessage);
    return;
  }
  state_ = State::Running;
  told();
  for (const SecretBytes& bytes : kept_) ends_.write(bytes.view());
  ends_.resumed();
}

/// The machine begins anew, and hears what the peer has said so far.
void Resumption::restart() {
  forget();
  ends_.restart();
  ends_.deliver({ReaderId{0}, *their_init_});
  if (!theirs_) return;
  hear_hello(*std::exchange(theirs_, std::nullopt));
  ends_.deliver(about_no_reader(*theirs_));
}

void Resumption::say_bye() {
  if (state_ == State::Running && !bye_) ends_.write(encode(about_no_reader(Bye{})).view());
  bye_ = true;
}

bool Resumption::disconnected(Time now) {
  if (state_ == State::Running && !bye_) {
    state_ = State::Suspended;
    deadline_ = now + grace_;
  } else if (asking() && !bye_ && now < deadline_) {
    state_ = State::Suspended;
  } else {
    forget();
  }
  return state_ == State::Suspended;
}

void Resumption::forget() {
  state_ = State::Passing;
  session_.reset();
  kept_.clear();
  kept_bytes_ = 0;
  dropped_ = received_ = told_ = 0;
  untold_bytes_ = 0;
  tell_by_.reset();
}

std::optional<Time> Resumption::deadline() const {
  if (state_ == State::Suspended) return deadline_;
  if (asking()) return answer_by_;
  if (state_ == State::Running) return tell_by_;
  return std::nullopt;
}

void Resumption::expire(Time now) {
  const auto due = deadline();
  if (!due || now < *due) return;
  if (asking()) {
    ends_.ended(Errc::NoAnswer);
  } else if (state_ == State::Running) {
    tell_by_.reset();
    if (told_ != received_) ends_.write(encode(about_no_reader(told())).view());
  }
}

Message Resumption::hello(std::optional<ResumePoint> earlier) const {
  ExtHello hello = my_hello_;
  if (grace_ != Duration::zero()) {
    hello.resume.secret = random_.secret;
    if (side_ == Side::Client) hello.resume.session = random_.session;
    hello.resume.earlier = earlier;
  }
  return about_no_reader(hello);
}

}  // namespace vscard::protocol::vsc
