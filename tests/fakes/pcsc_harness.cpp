#include "tests/fakes/pcsc_harness.hpp"

namespace vscard::fakes {

using namespace pcsc_bridge::pcsc;
using protocol::Bytes;

namespace {

constexpr ContextId kNoContext{0x7f00'0001};
constexpr std::size_t kStatesSize = 16 * kStateSize;

std::string name_of(std::size_t reader) { return "reader " + std::to_string(reader) + " 00 00"; }

ReaderName wire_name(const std::string& text) {
  ReaderName name;
  std::ranges::copy(text, name.bytes.begin());
  return name;
}

Atr atr(std::uint8_t kind) {
  if (kind % 2 == 0) return Atr::parse(std::array<std::uint8_t, 2>{0x3b, 0x00}).value();
  return Atr::parse(std::array<std::uint8_t, 4>{0x3b, 0x80, 0x01, 0x81}).value();
}

std::vector<std::uint8_t> request(Command command, const Call& call, std::size_t data) {
  const auto body = encode(call);
  const std::array<std::uint32_t, 2> header{static_cast<std::uint32_t>(body.size()),
                                            static_cast<std::uint32_t>(command)};
  const auto head = std::bit_cast<std::array<std::uint8_t, kHeaderSize>>(header);
  std::vector<std::uint8_t> bytes(head.begin(), head.end());
  bytes.insert(bytes.end(), body.view().begin(), body.view().end());
  bytes.resize(bytes.size() + data);
  return bytes;
}

/// Bytes of an answer without data; 0: none is due.
std::size_t answer_size(Command command, bool old) {
  switch (command) {
    case Command::ReaderStates:
    case Command::StateArray:
      return kStatesSize;
    case Command::Wait:
      return old ? kStatesSize : 0;
    case Command::StopWaiting:
    case Command::ReaderEvents:
      return sizeof(Event);
    case Command::StateCount:
      return sizeof(std::uint32_t);
    default:
      return struct_size(command).value();
  }
}

}  // namespace

HandleId PcscHarness::handle(std::uint8_t which) const {
  std::vector<HandleId> all;
  for (const Program& program : programs_) {
    for (const auto& [id, reader] : program.handles) all.push_back(id);
  }
  return all.empty() || which == 0xff ? HandleId{0x7f00'0000} : all[which % all.size()];
}

void PcscHarness::call(std::size_t number, Command command, std::uint8_t which,
                       std::uint8_t value) {
  Program& program = programs_[number];
  if (!program.asked.empty()) return;  // as libpcsclite, which waits for its answer
  const HandleId card = handle(which);
  const Share share{1U + value % 4U};
  const Disposition disposition{value % 5U};
  const Protocols protocols = value / 4U % 8U;
  std::size_t data = 0;
  Call made = Status{card, {}};
  switch (command) {
    case Command::Version:
      made = Version{4, 3U + value % 5U, {}};
      break;
    case Command::Establish:
      made = Establish{value % 5U, {}, {}};
      break;
    case Command::Release:
      made = Release{program.context.value_or(kNoContext), {}};
      break;
    case Command::Connect:
      made = Connect{program.context.value_or(kNoContext),
                     wire_name(name_of(which % (kReaders + 1))),
                     share,
                     protocols,
                     {},
                     0,
                     {}};
      break;
    case Command::Reconnect:
      made = Reconnect{card, share, protocols, disposition, 0, {}};
      break;
    case Command::Disconnect:
      made = Disconnect{card, disposition, {}};
      break;
    case Command::Begin:
      made = Begin{card, {}};
      break;
    case Command::End:
      made = End{card, disposition, {}};
      break;
    case Command::Transmit:
      data = value;
      made = Transmit{card, 1U << value % 3U, 16, value, 3, 16, value * 2U, {}};
      break;
    case Command::Control:
      data = value;
      made = Control{card, 0x42000d48, value, 64, 0, {}};
      break;
    case Command::Status:
      break;
    case Command::Cancel:
      made = Cancel{programs_[which % kPrograms].context.value_or(kNoContext), {}};
      break;
    case Command::GetAttribute:
      made = GetAttribute{{card, 0x90303, {}, value, {}}};
      break;
    case Command::SetAttribute:
      made = SetAttribute{{card, 0x90303, {}, value, {}}};
      break;
    case Command::ReaderStates:
      made = ReaderStates{};
      break;
    case Command::Wait:
      made = Wait{};
      break;
    case Command::StopWaiting:
      made = StopWaiting{};
      break;
    case Command::ReaderEvents:
      made = ReaderEvents{};
      break;
    case Command::StateCount:
      made = StateCount{};
      break;
    case Command::StateArray:
      made = StateArray{};
      break;
  }
  const std::size_t size = answer_size(command, program.old);
  const bool due = command != Command::StopWaiting || std::exchange(program.waits, false);
  if (size != 0 && due) program.asked.push_back({made, size});
  if (command == Command::Wait) program.waits = true;
  const auto bytes = request(command, made, data);
  receive(number, bytes);
}

void PcscHarness::toggle_reader(std::size_t number) {
  Reader& reader = readers_[number];
  if (reader.there) {
    const ReaderId id = reader.id;
    reader = {};
    perform(manager_.remove_reader(id, now_));
  } else {
    reader = {.id = ReaderId{++last_reader_},
              .there = true,
              .card = false,
              .working = false,
              .owner = {}};
    perform(manager_.add_reader(reader.id, name_of(number), "serial", now_));
  }
}

void PcscHarness::toggle_card(std::size_t number, std::uint8_t kind) {
  Reader& reader = readers_[number];
  if (!reader.there) return;
  if (reader.card && std::exchange(reader.working, false)) {
    perform(manager_.respond(reader.id, std::unexpected(protocol::Errc::NoCard), now_));
  }
  if (reader.card) reader.owner.reset();
  const bool inserts = !reader.card || kind >= 0x80;  // another, too, in its place
  reader.card = inserts;
  perform(inserts ? manager_.insert(reader.id, atr(kind), 270, now_)
                  : manager_.remove(reader.id, now_));
}

void PcscHarness::respond(std::size_t number, std::size_t size) {
  Reader& reader = readers_[number];
  if (!std::exchange(reader.working, false)) return;
  perform(manager_.respond(reader.id, protocol::SecretBytes::zeros(size), now_));
}

void PcscHarness::show_foreign(std::uint8_t kind) {
  if (foreign_ && kind >= 0x80) {
    perform(manager_.remove_reader(*std::exchange(foreign_, std::nullopt), now_));
    return;
  }
  if (!foreign_) foreign_ = ReaderId{++last_reader_};
  ForeignReader reader{.name = name_of(kReaders), .events = kind / 2U, .bits = kind};
  if (kind % 2 == 1) reader.card = atr(kind);
  perform(manager_.show_foreign(*foreign_, std::move(reader), now_));
}

void PcscHarness::answer(std::uint8_t kind) {
  if (asks_.empty()) return;
  Manager::Ask ask = std::move(asks_.front());
  asks_.pop_front();
  const Code rv = kind % 4 == 0 ? Code::ResetCard : Code::Success;
  const auto data = rv == Code::Success ? protocol::SecretBytes::zeros(kind) : SecretBytes();
  auto& handles = abroad_[ask.from];
  std::visit(
      [&]<class C>(C& call) {
        if constexpr (requires { call.card; }) {
          call.rv = rv;
          if (std::is_same_v<C, Connect> && rv == Code::Success) handles.insert(call.card);
          if (std::is_same_v<C, Disconnect> && rv == Code::Success) handles.erase(call.card);
        }
      },
      ask.request.call);
  ask.request.data = data.clone();
  perform(manager_.answer(ask.from, std::move(ask.request), now_));
}

void PcscHarness::take(Manager::Ask ask) {
  check(find(ask.from) != nullptr, "another service is asked for nobody");
  check(std::ranges::none_of(asks_, [&](const auto& it) { return it.from == ask.from; }),
        "another service is asked twice at a time");
  const auto& handles = abroad_[ask.from];
  std::visit(
      [&]<class C>(const C& call) {
        if constexpr (requires { call.card; }) {
          check(handles.contains(call.card) != std::is_same_v<C, Connect>,
                "another service is asked about a handle that it did not give");
        }
      },
      ask.request.call);
  asks_.push_back(std::move(ask));
}

void PcscHarness::forget(std::size_t number) {
  for (const auto& [id, reader] : programs_[number].handles) unlock(id);
}

void PcscHarness::perform(Manager::Actions actions) {
  for (auto& action : actions) {
    if (auto* send = std::get_if<Manager::Send>(&action)) {
      if (Program* program = find(send->to)) take(*program, send->bytes.view());
    } else if (const auto* close = std::get_if<Manager::Close>(&action)) {
      Program* program = find(close->connection);
      check(program != nullptr, "a connection that is not there is closed");
      if (program != nullptr) hang_up(static_cast<std::size_t>(program - programs_.data()));
    } else if (const auto* command = std::get_if<Manager::Transmit>(&action)) {
      Reader* reader = find(command->reader);
      check(reader != nullptr && !std::exchange(reader->working, true),
            "a second command before the first is done");
      check(find(command->from) != nullptr, "a command of a program that has gone");
    } else if (const auto* abort = std::get_if<Manager::Abort>(&action)) {
      Reader* reader = find(abort->reader);
      check(reader != nullptr && std::exchange(reader->working, false), "nothing to be aborted");
    } else if (auto* ask = std::get_if<Manager::Ask>(&action)) {
      take(std::move(*ask));
    } else if (const auto* gone = std::get_if<Manager::Forget>(&action)) {
      forget_abroad(gone->connection);
    }
  }
}

/// An event's count is smaller than any handle and context here.
bool PcscHarness::is_event(const Program& program, Bytes bytes) {
  if (bytes.size() != sizeof(Event)) return false;
  std::array<std::uint8_t, 4> word{};
  std::ranges::copy(bytes.first(4), word.begin());
  if (std::bit_cast<std::uint32_t>(word) >= kFirstNumber) return false;
  return program.asked.empty() ||
         (!std::holds_alternative<ReaderEvents>(program.asked.front().call) &&
          !std::holds_alternative<StopWaiting>(program.asked.front().call));
}

void PcscHarness::take(Program& program, Bytes bytes) {
  if (program.raw) return;
  if (is_event(program, bytes)) {
    check(std::exchange(program.waits, false), "an event that nobody waits for");
    return;
  }
  const bool right = !program.asked.empty() && bytes.size() >= program.asked.front().size;
  check(right, "an answer to no request, or of another size");
  if (!right) return;
  Asked asked = std::move(program.asked.front());
  program.asked.pop_front();
  answered(program, asked.call, bytes);
}

void PcscHarness::answered(Program& program, Call& call, Bytes bytes) {
  const auto answer = [&]<class T>(Command command, const T&) {
    return std::get<T>(decode(command, bytes.first(*struct_size(command))).value());
  };
  if (auto* established = std::get_if<Establish>(&call)) {
    const auto made = answer(Command::Establish, *established);
    if (made.rv == Code::Success) program.context = made.context;
  } else if (auto* connected = std::get_if<Connect>(&call)) {
    const auto made = answer(Command::Connect, *connected);
    for (const Reader& reader : readers_) {
      const auto index = static_cast<std::size_t>(&reader - readers_.data());
      if (made.rv == Code::Success && connected->reader.text() == name_of(index)) {
        program.handles.emplace(made.card, reader.id);
      }
    }
    if (made.rv == Code::Success && connected->reader.text() == name_of(kReaders)) {
      check(abroad_[program.id].contains(made.card),
            "a handle that the other service did not give");
      program.handles.emplace(made.card, ReaderId{});
    }
  } else if (auto* version = std::get_if<Version>(&call)) {
    if (answer(Command::Version, *version).rv == Code::Success) program.old = version->minor < 6;
  } else if (auto* begun = std::get_if<Begin>(&call)) {
    const auto made = answer(Command::Begin, *begun);
    Reader* reader = find(program.handles[made.card]);
    if (made.rv != Code::Success) return;
    check(reader != nullptr && (!reader->owner || reader->owner == made.card),
          "two own a transaction");
    if (reader != nullptr) reader->owner = made.card;
  } else if (auto* ended = std::get_if<End>(&call)) {
    unlock(answer(Command::End, *ended).card);
  } else if (auto* left = std::get_if<Disconnect>(&call)) {
    const auto made = answer(Command::Disconnect, *left);
    if (made.rv != Code::Success) return;
    unlock(made.card);
    program.handles.erase(made.card);
  } else if (std::holds_alternative<Reconnect>(call)) {
    unlock(std::get<Reconnect>(call).card);
  } else if (auto* released = std::get_if<Release>(&call)) {
    if (answer(Command::Release, *released).rv != Code::Success) return;
    for (const auto& [id, reader] : std::exchange(program.handles, {})) unlock(id);
    program.context.reset();
  }
}

void PcscHarness::end() {
  for (std::size_t i = 1; i < kPrograms; ++i) hang_up(i);
  for (int i = 0; i < 4; ++i) {
    while (!asks_.empty()) answer(1);
    for (std::size_t reader = 0; reader < kReaders; ++reader) respond(reader, 2);
    wait(std::chrono::seconds(1));
  }
  check(programs_.front().raw || programs_.front().asked.empty(), "a request is not answered");
}

}  // namespace vscard::fakes
