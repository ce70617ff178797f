#include "protocol/vsc/resumption.hpp"

#include "protocol/vsc/peer_limits.hpp"

#include <algorithm>

namespace vscard::protocol::vsc {
namespace {

/// How long the peer may not know what has been received, when there is nothing else to send.
constexpr std::chrono::milliseconds kTellWithin{200};
/// … and how many messages it may not know of.
constexpr std::uint32_t kTellAfter = 32;
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

Resumption::Actions Resumption::connected(const Random& random, Time now) {
  Actions out;
  random_ = random;
  said_init_ = said_hello_ = bye_ = false;
  their_init_.reset();
  theirs_.reset();
  if (state_ != State::Suspended) return out;
  state_ = State::Asking;
  answer_by_ = now + kAnswerTimeout;
  if (side_ == Side::Client) say({ReaderId{0}, Init{.capabilities = kExtension}}, out);
  return out;
}

Resumption::Actions Resumption::send(Message message) {
  Actions out;
  const bool init = std::holds_alternative<Init>(message.body);
  const auto* hello = std::get_if<ExtHello>(&message.body);
  if ((init && said_init_) || (hello != nullptr && said_hello_)) return out;
  if (hello != nullptr) {
    my_hello_ = *hello;
    message = this->hello(std::nullopt);
  }
  const bool counted = state_ != State::Passing && !of_connection(message.body);
  if (counted) {
    keep(message, out);
  } else if (!suspended()) {
    say(std::move(message), out);
  }
  return out;
}

/// Notes what of the greeting was said.
void Resumption::say(Message message, Actions& out) {
  said_init_ = said_init_ || std::holds_alternative<Init>(message.body);
  const bool hello = std::holds_alternative<ExtHello>(message.body);
  out.push_back(Write{encode(message)});
  if (!hello) return;
  said_hello_ = true;
  if (state_ == State::Passing) agree();
}

void Resumption::keep(const Message& message, Actions& out) {
  SecretBytes bytes = encode(message);
  if (state_ == State::Running && received_ != told_) {
    out.push_back(Write{join(encode(about_no_reader(Received{received_})), bytes)});
    told_ = received_;
  } else if (state_ == State::Running) {
    out.push_back(Write{bytes.clone()});
  }
  kept_bytes_ += bytes.size();
  kept_.push_back(std::move(bytes));
  if (kept_.size() <= kMaxKept && kept_bytes_ <= kMaxKeptBytes) return;
  bye_ = true;
  deadline_ = {};
  out.push_back(Ended{Errc::TooManyCommands});
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

Resumption::Actions Resumption::receive(Message message, Time now) {
  Actions out;
  switch (state_) {
    case State::Passing:
      receive_passing(std::move(message), out);
      break;
    case State::Running:
      receive_running(std::move(message), out, now);
      break;
    case State::Asking:
    case State::Proving:
      receive_asking(std::move(message), out);
      break;
    case State::Suspended:
      break;
  }
  return out;
}

void Resumption::receive_passing(Message message, Actions& out) {
  if (const auto* hello = std::get_if<ExtHello>(&message.body); hello != nullptr && !theirs_) {
    hear_hello(*hello, out);
  }
  out.push_back(Deliver{std::move(message)});
}

void Resumption::hear_hello(const ExtHello& hello, Actions& out) {
  theirs_ = hello;
  agree();
  const bool asks = side_ == Side::Host && hello.resume.earlier && grace_ != Duration::zero();
  if (asks) out.push_back(Write{encode(about_no_reader(Resume{}))});
}

void Resumption::receive_running(Message message, Actions& out, Time now) {
  if (const auto* received = std::get_if<Received>(&message.body)) {
    if (!drop_received(received->count)) out.push_back(Ended{Errc::UnexpectedMessage});
  } else if (std::holds_alternative<Bye>(message.body)) {
    bye_ = true;
  } else if (std::holds_alternative<Resume>(message.body)) {
    out.push_back(Ended{Errc::UnexpectedMessage});
  } else if (of_connection(message.body)) {
    out.push_back(Deliver{std::move(message)});
  } else {
    count(std::move(message), out, now);
  }
}

void Resumption::count(Message message, Actions& out, Time now) {
  if (!tell_by_) tell_by_ = now + kTellWithin;
  ++received_;
  if (received_ - told_ >= kTellAfter) {
    told_ = received_;
    out.push_back(Write{encode(about_no_reader(Received{received_}))});
  }
  out.push_back(Deliver{std::move(message)});
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
void Resumption::receive_asking(Message message, Actions& out) {
  const auto* init = std::get_if<Init>(&message.body);
  const auto* hello = std::get_if<ExtHello>(&message.body);
  const auto* resume = std::get_if<Resume>(&message.body);
  if (std::holds_alternative<Unknown>(message.body)) return;
  if (init != nullptr && !their_init_) {
    ask(*init, out);
  } else if (hello != nullptr && their_init_ && !theirs_) {
    answer(*hello, out);
  } else if (resume != nullptr && theirs_) {
    prove(*resume, out);
  } else if (init == nullptr) {  // a second Init means nothing
    out.push_back(Ended{Errc::UnexpectedMessage});
  }
}

void Resumption::ask(const Init& init, Actions& out) {
  their_init_ = init;
  if ((init.capabilities & kExtension) == 0) {
    restart(out);
  } else if (side_ == Side::Client) {
    say(hello(ResumePoint{.session = *session_, .received = received_}), out);
  } else {
    say(about_no_reader(Init{.capabilities = kExtension}), out);
    say(hello(std::nullopt), out);
  }
}

void Resumption::answer(const ExtHello& hello, Actions& out) {
  theirs_ = hello;
  const ResumeOffer& offer = hello.resume;
  if (side_ == Side::Client) {
    if (!offer.secret) restart(out);
  } else if (offer.earlier && offer.earlier->session == *session_) {
    state_ = State::Proving;
    promised_ = offer.earlier->received;
    out.push_back(Write{encode(about_no_reader(proof()))});
  } else {
    restart(out);
  }
}

void Resumption::prove(const Resume& resume, Actions& out) {
  const bool client = side_ == Side::Client;
  if (client && !resume.proof) {
    restart(out);
  } else if (resume.proof && same(resume.proof->secret, their_secret_) &&
             (client || state_ == State::Proving)) {
    if (client) out.push_back(Write{encode(about_no_reader(proof()))});
    go_on(client ? resume.proof->received : promised_, out);
  } else {
    out.push_back(Ended{Errc::UnexpectedMessage});
  }
}

void Resumption::go_on(std::uint32_t received, Actions& out) {
  if (!drop_received(received)) {
    bye_ = true;
    out.push_back(Ended{Errc::UnexpectedMessage});
    return;
  }
  state_ = State::Running;
  told_ = received_;
  out.emplace_back(Resumed{});
  for (const SecretBytes& bytes : kept_) out.push_back(Write{bytes.clone()});
}

/// The machine begins anew, and hears what the peer has said so far.
void Resumption::restart(Actions& out) {
  forget();
  out.emplace_back(Restart{});
  out.push_back(Deliver{{ReaderId{0}, *their_init_}});
  if (!theirs_) return;
  hear_hello(*std::exchange(theirs_, std::nullopt), out);
  out.push_back(Deliver{about_no_reader(*theirs_)});
}

Resumption::Actions Resumption::say_bye() {
  Actions out;
  if (state_ == State::Running && !bye_) out.push_back(Write{encode(about_no_reader(Bye{}))});
  bye_ = true;
  return out;
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
  tell_by_.reset();
}

std::optional<Time> Resumption::deadline() const {
  if (state_ == State::Suspended) return deadline_;
  if (asking()) return answer_by_;
  if (state_ == State::Running) return tell_by_;
  return std::nullopt;
}

Resumption::Actions Resumption::expire(Time now) {
  Actions out;
  const auto due = deadline();
  if (!due || now < *due) return out;
  if (asking()) {
    out.push_back(Ended{Errc::NoAnswer});
  } else if (state_ == State::Running) {
    tell_by_.reset();
    if (std::exchange(told_, received_) == received_) return out;
    out.push_back(Write{encode(about_no_reader(Received{received_}))});
  }
  return out;
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
