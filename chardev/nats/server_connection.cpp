#include "chardev/nats/server_connection.hpp"

#include "chardev/secret_input.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>
#include <map>
#include <nats/nats.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace vscard::chardev::nats {
namespace {

constexpr std::int64_t kConnectTimeout = 2000;  ///< milliseconds, for each server
/// libnats ends the connection when so many pings have no answer. That may wait behind what this
/// process has not read yet, which is no reason: so a server that has gone is for the owner to
/// notice, and this is for one that sends and does not read.
constexpr int kMaxPingsOut = 5;
constexpr SecretKind kPassword{.name = "NATS password", .max_size = 256};

struct Free {
  void operator()(natsOptions* options) const { natsOptions_Destroy(options); }
  void operator()(natsConnection* connection) const { natsConnection_Destroy(connection); }
  void operator()(natsSubscription* subscription) const { natsSubscription_Destroy(subscription); }
  void operator()(natsMsg* message) const { natsMsg_Destroy(message); }
  void operator()(natsStatistics* statistics) const { natsStatistics_Destroy(statistics); }
};
using Options = std::unique_ptr<natsOptions, Free>;
using Handle = std::unique_ptr<natsConnection, Free>;
using Subscription = std::unique_ptr<natsSubscription, Free>;
using Message = std::unique_ptr<natsMsg, Free>;

/// What libnats takes for an event loop.
struct Loop {
  std::function<void()> wants_write;
  std::atomic<bool> write_is_due = false;
  int socket = -1;  ///< libnats' own
};
using SharedLoop = std::shared_ptr<Loop>;

/// libnats has it until it detaches, which may be later than the end of the connection.
struct Attached {
  SharedLoop loop;
  natsConnection* connection;
};

Loop& loop_of(void* data) { return *static_cast<Attached*>(data)->loop; }

natsStatus attach(void** data, void* loop, natsConnection* connection, natsSock socket) {
  const auto& shared = *static_cast<SharedLoop*>(loop);
  shared->socket = socket;
  if (*data == nullptr) *data = new Attached{shared, connection};
  return NATS_OK;
}

natsStatus read_wanted(void* /*data*/, bool /*add*/) { return NATS_OK; }

natsStatus write_wanted(void* data, bool add) {
  Loop& loop = loop_of(data);
  loop.write_is_due = add;
  if (add) loop.wants_write();
  return NATS_OK;
}

natsStatus detach(void* data) {
  const std::unique_ptr<Attached> last(static_cast<Attached*>(data));
#ifdef VSCARD_NATS_TELLS_DETACHED  // such a libnats keeps the connection until then
  natsConnection_ProcessDetachedEvent(last->connection);
#endif
  return NATS_OK;
}

/// Without a handler libnats writes to standard error. What it says is asked for: refusal_of().
void ignore_error(natsConnection* /*connection*/, natsSubscription* /*subscription*/,
                  natsStatus /*status*/, void* /*closure*/) {}

/// libnats' calls of one purpose, to the first that fails.
class Calls {
 public:
  /// `what` is part of a line for the user.
  Calls& add(natsStatus status, std::string_view what = "libnats") {
    if (failed_.empty() && status != NATS_OK) {
      failed_ = std::string(what) + ": " + natsStatus_GetText(status);
    }
    return *this;
  }
  Result<> result() const {
    if (!failed_.empty()) return std::unexpected(failed_);
    return {};
  }

 private:
  std::string failed_;
};

Result<> set_servers(natsOptions* options, const Servers& servers) {
  const std::vector<std::string> urls = urls_of(servers);
  std::vector<const char*> list;
  for (const std::string& url : urls) list.push_back(url.c_str());
  return Calls()
      .add(natsOptions_SetServers(options, list.data(), static_cast<int>(list.size())))
      .add(natsOptions_SetNoRandomize(options, true))
      .result();
}

Result<> set_habits(natsOptions* options) {
  return Calls()
      .add(natsOptions_SetName(options, "vscard"))
      .add(natsOptions_SetAllowReconnect(options, false))
      .add(natsOptions_SetTimeout(options, kConnectTimeout))
      .add(natsOptions_SetPingInterval(options, std::chrono::milliseconds(kPingEvery).count()))
      .add(natsOptions_SetMaxPingsOut(options, kMaxPingsOut))
      .add(natsOptions_SetSendAsap(options, true))
      .add(natsOptions_SetErrorHandler(options, ignore_error, nullptr))
      .result();
}

Result<> set_password(natsOptions* options, const Servers& servers) {
  auto password = read_secret_line(servers.password_file, kPassword);
  if (!password) return std::unexpected(password.error());
  auto text = protocol::SecretBytes::with_capacity(password->size() + 1);
  text.append(password->view());
  text.push_back(0);
  const void* const characters = text.view().data();
  return Calls()
      .add(natsOptions_SetUserInfo(options, servers.user.c_str(),
                                   static_cast<const char*>(characters)))
      .result();
}

Result<> set_identity(natsOptions* options, const Servers& servers) {
  if (!servers.creds.empty()) {
    return Calls()
        .add(natsOptions_SetUserCredentialsFromFiles(options, servers.creds.c_str(), nullptr),
             "creds=" + servers.creds)
        .result();
  }
  if (!servers.nkey.empty()) {
    return Calls()
        .add(natsOptions_SetNKeyFromSeed(options, servers.user.c_str(), servers.nkey.c_str()),
             "nkey=" + servers.nkey)
        .result();
  }
  if (!servers.password_file.empty()) return set_password(options, servers);
  return {};
}

Result<> set_tls(natsOptions* options, const Servers& servers) {
  if (!servers.tls) return {};
  Calls calls;
  calls.add(natsOptions_SetSecure(options, true))
      .add(natsOptions_LoadCATrustedCertificates(options, servers.ca.c_str()), "ca=" + servers.ca);
  if (!servers.cert.empty()) {
    calls.add(natsOptions_LoadCertificatesChain(options, servers.cert.c_str(), servers.key.c_str()),
              "cert=" + servers.cert);
  }
  if (!servers.server_name.empty()) {
    calls.add(natsOptions_SetExpectedHostname(options, servers.server_name.c_str()));
  }
  return calls.result();
}

Result<Options> options_for(const Servers& servers) {
  natsOptions* made = nullptr;
  if (natsOptions_Create(&made) != NATS_OK) return std::unexpected("out of memory");
  Options options(made);
  if (auto set = set_servers(made, servers); !set) return std::unexpected(set.error());
  if (auto set = set_habits(made); !set) return std::unexpected(set.error());
  if (auto set = set_identity(made, servers); !set) return std::unexpected(set.error());
  if (auto set = set_tls(made, servers); !set) return std::unexpected(set.error());
  return options;
}

std::string_view view_of(const char* text) {
  return text == nullptr ? std::string_view() : std::string_view(text);
}

/// libnats' last error in this thread: "(conn.c:1905): Authorization Violation".
std::string_view last_error(natsStatus status) {
  std::string_view text = view_of(nats_GetLastError(nullptr));
  const std::size_t place = text.find("): ");
  if (place != std::string_view::npos) text.remove_prefix(place + 3);
  return text.empty() ? view_of(natsStatus_GetText(status)) : text;
}

/// Of a server that wants TLS libnats itself believes what the system's authorities have signed.
std::string connect_error(natsStatus status, const Servers& servers) {
  if (status == NATS_NO_SERVER) return "no NATS server answers there";
  const bool wants_tls = status == NATS_SECURE_CONNECTION_REQUIRED || status == NATS_SSL_ERROR;
  if (wants_tls && !servers.tls) return "the server wants TLS: use nats+tls://";
  if (status == NATS_SECURE_CONNECTION_WANTED) return "the server does not speak TLS: use nats://";
  return std::string(last_error(status));
}

Arrival arrival_of(natsMsg* message) {
  const void* const data = natsMsg_GetData(message);
  const auto size = static_cast<std::size_t>(natsMsg_GetDataLength(message));
  return {.subject = view_of(natsMsg_GetSubject(message)),
          .reply = view_of(natsMsg_GetReply(message)),
          .payload = {static_cast<const std::uint8_t*>(data), size}};
}

using Arrived = std::function<void(const Arrival&)>;

/// How many messages have come for the subscription.
std::size_t take_messages(const std::string& subject, natsSubscription* subscription,
                          const Arrived& arrived) {
  for (std::size_t count = 0;; ++count) {
    natsMsg* next = nullptr;
    const natsStatus status = natsSubscription_NextMsg(&next, subscription, 0);
    const Message message(next);
    if (status == NATS_OK) {
      arrived(arrival_of(next));
    } else if (status == NATS_NO_RESPONDERS) {
      arrived({.subject = subject, .nobody_there = true});
    } else {
      return count;
    }
  }
}

}  // namespace

struct ServerConnection::Library {
  SharedLoop loop = std::make_shared<Loop>();
  Options options;
  Handle connection;
  std::map<std::string, Subscription> patterns = {};  ///< by what was subscribed
  std::map<std::string, Subscription> subjects = {};
  std::uint64_t seen = 0;  ///< messages

  std::map<std::string, Subscription>& place_of(const std::string& subject) {
    return subject.ends_with('*') ? patterns : subjects;
  }
  std::size_t count_new_messages() {
    natsStatistics* made = nullptr;
    if (natsStatistics_Create(&made) != NATS_OK) return std::numeric_limits<std::size_t>::max();
    const std::unique_ptr<natsStatistics, Free> statistics(made);
    natsConnection_GetStats(connection.get(), made);
    std::uint64_t come = 0;
    natsStatistics_GetCounts(made, &come, nullptr, nullptr, nullptr, nullptr);
    return come - std::exchange(seen, come);
  }
};

Result<std::unique_ptr<ServerConnection>> ServerConnection::open(
    const Servers& servers, std::function<void()> wants_write) {
  auto options = options_for(servers);
  if (!options) return std::unexpected(options.error());
  auto library = std::make_unique<Library>();
  library->options = std::move(*options);
  library->loop->wants_write = std::move(wants_write);
  natsOptions_SetEventLoop(library->options.get(), &library->loop, attach, read_wanted,
                           write_wanted, detach);
  natsConnection* made = nullptr;
  const natsStatus status = natsConnection_Connect(&made, library->options.get());
  if (status != NATS_OK) return std::unexpected(connect_error(status, servers));
  library->connection.reset(made);
  return std::unique_ptr<ServerConnection>(new ServerConnection(std::move(library)));
}

ServerConnection::ServerConnection(std::unique_ptr<Library> library)
    : library_(std::move(library)) {}

/// With bytes left to write, libnats would wait half a second for an answer that nobody reads.
ServerConnection::~ServerConnection() {
  library_->patterns.clear();
  library_->subjects.clear();
  process_write();
}

int ServerConnection::duplicate_socket() const { return ::dup(library_->loop->socket); }

std::size_t ServerConnection::max_payload() const {
  return static_cast<std::size_t>(natsConnection_GetMaxPayload(library_->connection.get()));
}

/// Without a connection, which is all that can go wrong, nothing comes.
void ServerConnection::subscribe(const std::string& subject) {
  Subscription& place = library_->place_of(subject)[subject];
  if (place) return;
  natsSubscription* made = nullptr;
  natsConnection_SubscribeSync(&made, library_->connection.get(), subject.c_str());
  place.reset(made);
  process_write();
}

void ServerConnection::unsubscribe(const std::string& subject) {
  library_->place_of(subject).erase(subject);
  process_write();
}

void ServerConnection::send(const std::string& subject, const std::string& reply,
                            protocol::Bytes payload) {
  natsConnection* const connection = library_->connection.get();
  const auto size = static_cast<int>(payload.size());
  if (reply.empty()) {
    natsConnection_Publish(connection, subject.c_str(), payload.data(), size);
  } else {
    natsConnection_PublishRequest(connection, subject.c_str(), reply.c_str(), payload.data(), size);
  }
  process_write();
}

/// Patterns come first: most messages are theirs, and there are few. The others are asked only
/// when something is left.
void ServerConnection::process_read(const Arrived& arrived) {
  natsConnection_ProcessReadEvent(library_->connection.get());
  std::uint64_t left = library_->count_new_messages();
  for (const auto& [subject, subscription] : library_->patterns) {
    left -= std::min(left, take_messages(subject, subscription.get(), arrived));
  }
  for (auto at = library_->subjects.begin(); left > 0 && at != library_->subjects.end(); ++at) {
    left -= std::min(left, take_messages(at->first, at->second.get(), arrived));
  }
}

void ServerConnection::process_write() {
  if (write_is_due()) natsConnection_ProcessWriteEvent(library_->connection.get());
}

bool ServerConnection::write_is_due() const { return library_->loop->write_is_due; }

std::size_t ServerConnection::unsent() const {
  const int size = natsConnection_Buffered(library_->connection.get());
  return size < 0 ? 0 : static_cast<std::size_t>(size);
}

bool ServerConnection::ended() const { return natsConnection_IsClosed(library_->connection.get()); }

std::string ServerConnection::refusal_of(std::string_view subject) const {
  const char* text = nullptr;
  natsConnection_GetLastError(library_->connection.get(), &text);
  return view_of(text).contains(subject) ? text : "";
}

}  // namespace vscard::chardev::nats
