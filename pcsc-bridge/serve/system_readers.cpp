#include "pcsc-bridge/serve/system_readers.hpp"

#include <boost/asio/post.hpp>

#include <chrono>
#include <cstdlib>
#include <sys/stat.h>
#include <utility>

namespace vscard::pcsc_bridge::serve {
namespace {

using pcsc::ResourceManager;

constexpr const char* kNoBlocking = "PCSCLITE_NO_BLOCKING";
constexpr const char* kSocketName = "PCSCLITE_CSOCK_NAME";
/// libpcsclite looks whether it is set.
constexpr const char* kOurs = "pcsc-bridge";
constexpr const char* kSystemSocket = "/run/pcscd/pcscd.comm";
/// Programs at a time, each a thread here and one in pcscd, which has 200.
constexpr std::size_t kMaxSessions = 100;

/// std::filesystem::equivalent() does not compare sockets.
bool is_same(const std::string& a, const std::string& b) {
  struct stat one{};
  struct stat other{};
  return ::stat(a.c_str(), &one) == 0 && ::stat(b.c_str(), &other) == 0 &&
         one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

}  // namespace

bool look_beyond(const std::string& own) {
  const char* named = std::getenv(kSocketName);
  if (named != nullptr && !is_same(named, own)) return true;
  ::unsetenv(kSocketName);
  return !is_same(kSystemSocket, own);
}

bool lead_to_system(const std::string& own) {
  ::setenv(kNoBlocking, kOurs, 0);
  return look_beyond(own);
}

Result<> forget_system() {
  const char* set = std::getenv(kNoBlocking);
  if (set != nullptr && set == std::string_view(kOurs)) ::unsetenv(kNoBlocking);
  return {};
}

SystemReaders::SystemReaders(asio::any_io_executor executor, Changed changed, Answered answered)
    : executor_(std::move(executor)),
      answered_(std::move(answered)),
      watcher_([executor = executor_, changed = std::move(changed)](const auto& states) {
        asio::post(executor, [changed, states] { changed(states); });
      }) {}

void SystemReaders::ask(ResourceManager::Ask ask) {
  SystemSession* session = session_of(ask.from);
  if (session == nullptr) {
    std::get<pcsc::Connect>(ask.request.call).rv = pcsc::Code::InternalError;
    answered_(std::move(ask));
    return;
  }
  session->ask(std::move(ask.request),
               [this, from = ask.from, reader = ask.reader](pcsc::Request answer) {
                 answered_({from, reader, std::move(answer)});
               });
}

/// Null: there are too many, so this one does not get beyond its first Connect.
SystemSession* SystemReaders::session_of(pcsc::ConnectionId connection) {
  const auto found = sessions_.find(connection);
  if (found != sessions_.end()) return found->second.get();
  if (sessions_.size() + leaving_ >= kMaxSessions) return nullptr;
  return sessions_.emplace(connection, std::make_shared<SystemSession>(executor_))
      .first->second.get();
}

void SystemReaders::forget(pcsc::ConnectionId connection) {
  const auto found = sessions_.find(connection);
  if (found == sessions_.end()) return;
  const auto session = std::move(found->second);
  sessions_.erase(found);
  ++leaving_;
  session->leave([this, session] { --leaving_; });
}

bool SystemReaders::end(asio::io_context& io, protocol::Duration patience) {
  while (!sessions_.empty()) forget(sessions_.begin()->first);
  const auto limit = protocol::Clock::now() + patience;
  io.restart();
  while (leaving_ > 0 && io.run_one_until(limit) > 0) continue;
  return leaving_ == 0 &&
         watcher_.stop(std::chrono::duration_cast<std::chrono::milliseconds>(patience));
}

}  // namespace vscard::pcsc_bridge::serve
