#include "async/error.hpp"
#include "async/error_as_value.hpp"
#include "async/event.hpp"
#include "chardev/descriptor_stream.hpp"
#include "chardev/socket_file.hpp"
#include "chardev/terminal.hpp"
#include "chardev/transport.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <memory>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <system_error>
#include <utility>

namespace vscard::chardev {
namespace {

namespace fs = std::filesystem;

std::unexpected<Failure> failure() {
  return std::unexpected(Failure{std::system_category().message(errno)});
}

/// A pseudo-terminal; whoever opens the file is the peer. One for each peer: then none finds what
/// was meant for the one before, and closing it is a hang-up.
struct Pty {
  Descriptor ours;
  Descriptor opened;  ///< inotify(7): the file was opened
  std::string file;

  static Result<Pty> make(const SocketAccess& access);
  bool has_peer() const {
    pollfd look{.fd = ours.number(), .events = 0, .revents = 0};
    return ::poll(&look, 1, 0) == 0;
  }
};

/// After its first close, the kernel knows that nobody has it.
Result<> prepare(const std::string& file, const SocketAccess& access) {
  const Descriptor theirs(::open(file.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (theirs.number() < 0 || !make_raw(theirs.number()) ||
      ::fchown(theirs.number(), access.user, access.group) != 0 ||
      ::fchmod(theirs.number(), access.mode) != 0) {
    return failure();
  }
  return {};
}

Result<Pty> Pty::make(const SocketAccess& access) {
  Pty pty{.ours = Descriptor(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)),
          .opened = Descriptor(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)),
          .file = ""};
  std::array<char, 64> file{};
  const int master = pty.ours.number();
  if (master < 0 || pty.opened.number() < 0 || ::unlockpt(master) != 0 ||
      ::ptsname_r(master, file.data(), file.size()) != 0) {
    return failure();
  }
  pty.file = file.data();
  if (const auto prepared = prepare(pty.file, access); !prepared) {
    return std::unexpected(prepared.error());
  }
  if (::inotify_add_watch(pty.opened.number(), file.data(), IN_OPEN) < 0) return failure();
  return pty;
}

/// The place where peers find it. It is removed, unless it leads elsewhere by then.
class Link {
 public:
  explicit Link(std::string path) : path_(std::move(path)) {}
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  ~Link() { remove(); }

  /// In place of a link that was there, in one step.
  Result<> lead_to(const std::string& file) {
    std::error_code error;
    if (fs::exists(fs::symlink_status(path_, error)) && !fs::is_symlink(path_, error)) {
      return std::unexpected("there is a file that is not a link to a terminal");
    }
    const std::string fresh = path_ + ".new";
    fs::remove(fresh, error);
    fs::create_symlink(file, fresh, error);
    if (!error) fs::rename(fresh, path_, error);
    if (error) return std::unexpected(error.message());
    file_ = file;
    return {};
  }
  void remove() {
    std::error_code ignored;  // it is gone, or another's
    if (!file_.empty() && fs::read_symlink(path_, ignored) == file_) fs::remove(path_, ignored);
    file_.clear();
  }

 private:
  std::string path_;
  std::string file_;  ///< empty: nothing to remove
};

/// Shared by a listener and its stream, which end in any order.
struct Use {
  bool in_use = false;
  async::Event ended;
};

class PtyStream final : public Stream {
 public:
  PtyStream(std::unique_ptr<Stream> stream, std::shared_ptr<Use> use)
      : stream_(std::move(stream)), use_(std::move(use)) {}
  ~PtyStream() override { close(); }

  Awaitable<std::expected<std::size_t, std::error_code>> read(
      std::span<std::uint8_t> into) override {
    return stream_->read(into);
  }
  Awaitable<std::error_code> write(protocol::Bytes bytes) override { return stream_->write(bytes); }
  std::size_t write_now(protocol::Bytes bytes) override { return stream_->write_now(bytes); }
  void close() final {
    stream_->close();
    if (!use_) return;
    use_->in_use = false;
    use_->ended.notify();
    use_.reset();
  }
  std::string remote() const override { return stream_->remote(); }

 private:
  std::unique_ptr<Stream> stream_;
  std::shared_ptr<Use> use_;  ///< until close()
};

class PtyListener final : public Listener {
 public:
  PtyListener(asio::any_io_executor executor, Address address, SocketAccess access)
      : executor_(std::move(executor)),
        address_(std::move(address)),
        access_(access),
        link_(address_.location) {}

  Result<> open() {
    auto pty = Pty::make(access_);
    if (!pty) return std::unexpected(pty.error());
    if (auto led = link_.lead_to(pty->file); !led) return led;
    pty_.emplace(std::move(*pty));
    return {};
  }
  Awaitable<std::expected<std::unique_ptr<Stream>, AcceptError>> accept() override {
    while (use_->in_use && !closed_) co_await use_->ended.wait();
    if (!closed_ && !pty_ && !open()) co_return std::unexpected(std::error_code(EIO, kSystem));
    while (!closed_ && !pty_->has_peer()) co_await opened();
    if (closed_) co_return std::unexpected(async::aborted());
    use_->in_use = true;
    auto stream =
        std::make_unique<DescriptorStream>(executor_, std::move(pty_->ours), address_.text());
    pty_.reset();
    co_return std::make_unique<PtyStream>(std::move(stream), use_);
  }
  void close() override {
    closed_ = true;
    use_->ended.notify();
    if (waiting_ != nullptr) waiting_->close();
    link_.remove();
  }
  std::string address() const override { return address_.text(); }

 private:
  inline static const std::error_category& kSystem = std::system_category();

  /// Until somebody has opened it.
  Awaitable<void> opened() {
    asio::posix::stream_descriptor event(executor_,
                                         ::fcntl(pty_->opened.number(), F_DUPFD_CLOEXEC, 0));
    waiting_ = &event;
    co_await event.async_wait(asio::posix::descriptor_base::wait_read, async::kErrorAsValue);
    waiting_ = nullptr;
    std::array<char, 1024> ignored{};
    while (::read(pty_->opened.number(), ignored.data(), ignored.size()) > 0) {
    }
  }

  asio::any_io_executor executor_;
  Address address_;
  SocketAccess access_;
  Link link_;
  std::optional<Pty> pty_;  ///< for the next peer
  std::shared_ptr<Use> use_ = std::make_shared<Use>();
  asio::posix::stream_descriptor* waiting_ = nullptr;
  bool closed_ = false;
};

Result<> check(const Address& address) {
  if (address.location.empty()) return std::unexpected("pty: needs the path of a link to make");
  if (const auto unknown = address.keys.other_than({"mode", "user", "group"})) {
    return std::unexpected("pty: has no key '" + *unknown + "'; there are mode, user and group");
  }
  return {};
}

bool reachable_unencrypted(const Address& /*address*/) { return false; }

Awaitable<Connected> connect(asio::any_io_executor /*executor*/, Address /*address*/) {
  co_return std::unexpected(ConnectError{"pty: only listens", ConnectError::Remedy::GiveUp});
}

Result<std::unique_ptr<Listener>> listen(asio::any_io_executor executor, const Address& address) {
  const auto access = socket_access(address);
  if (!access) return std::unexpected(access.error());
  auto listener = std::make_unique<PtyListener>(std::move(executor), address, *access);
  if (auto opened = listener->open(); !opened) return std::unexpected(opened.error());
  return listener;
}

}  // namespace

const Transport kPty{.scheme = "pty",
                     .check = check,
                     .reachable_unencrypted = reachable_unencrypted,
                     .connector = plain_connector<connect>,
                     .listen = listen,
                     .only = Endpoint::Mode::Listen};

}  // namespace vscard::chardev
