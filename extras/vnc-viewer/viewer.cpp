// Usage: vnc-viewer HOST DISPLAY [CARD]
//
// An example: a VNC viewer on libvncclient and X11 that also brings a card, by
// docs/vnc-extension.md. CARD is the UNIX socket of `vscclient --vsc listen:unix:CARD`. The
// password is in VNC_PASSWORD, if there is one. Only what the extension needs is more than any
// viewer has: class Channel.

#include <X11/Xlib.h>
#include <X11/Xutil.h>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <poll.h>
#include <rfb/rfbclient.h>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <vector>

namespace {

constexpr int kFirstPort = 5900;

char* password(rfbClient* /*client*/) {
  const char* known = std::getenv("VNC_PASSWORD");  // NOLINT(concurrency-mt-unsafe): never set
  return ::strdup(known != nullptr ? known : "");
}

/// Of 32 bits a pixel, as X11 has them.
rfbClient* new_client(const std::string& host, int port) {
  rfbClient* const client = rfbGetClient(8, 3, 4);
  client->GetPassword = password;
  client->serverHost = ::strdup(host.c_str());
  client->serverPort = port;
  client->format.redShift = 16;
  client->format.greenShift = 8;
  client->format.blueShift = 0;
  return client;
}

/// Handles what has come, and what libvncclient has read beyond it.
void receive(rfbClient* client) {
  do {
    if (HandleRFBServerMessage(client) == 0) throw std::runtime_error("the VNC server has gone");
  } while (client->buffered > 0);
}

/// A second connection to the same server, for the card alone.
class Channel {
 public:
  Channel(const std::string& host, int port, const std::string& card)
      : card_(connect_card(card)), client_(new_client(host, port)) {
    // What is registered is announced by every connection that is opened from now on.
    rfbClientRegisterExtension(&extension);
    rfbClientSetClientData(client_, &extension, this);
    // rfbInitClient() would also ask for a picture.
    if (ConnectToRFBServer(client_, host.c_str(), port) == 0 ||
        InitialiseRFBConnection(client_) == 0 || SetFormatAndEncodings(client_) == 0) {
      throw std::runtime_error("no second connection to the VNC server");
    }
  }

  int server() const { return client_->sock; }
  int card() const { return card_; }

  void receive_from_server() { receive(client_); }
  void receive_from_card() {
    std::array<std::uint8_t, kHeader + kPart> message{kType, kData};
    if (!offered_) return;  // it waits
    const ssize_t size = ::read(card_, message.data() + kHeader, kPart);
    if (size <= 0) throw std::runtime_error("the card has gone");
    message[6] = static_cast<std::uint8_t>(size >> 8);
    message[7] = static_cast<std::uint8_t>(size & 0xff);
    send(message.data(), kHeader + static_cast<std::size_t>(size));
  }
  bool offered() const { return offered_; }

 private:
  static constexpr std::uint8_t kType = 178;
  static constexpr std::uint8_t kData = 0;
  static constexpr std::size_t kHeader = 8;
  static constexpr std::size_t kPart = 4096;
  static constexpr std::uint32_t kMaxLength = 65536;

  static int connect_card(const std::string& path) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    path.copy(name.sun_path, sizeof name.sun_path - 1);
    const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
    const auto* const address = static_cast<const sockaddr*>(static_cast<const void*>(&name));
    if (::connect(socket, address, sizeof name) != 0)
      throw std::runtime_error("no card at " + path);
    return socket;
  }

  static rfbBool handle(rfbClient* client, rfbServerToClientMsg* message) {
    auto* const self = static_cast<Channel*>(rfbClientGetClientData(client, &extension));
    return message->type == kType && self != nullptr && self->handle_message() ? TRUE : FALSE;
  }
  /// Its type has been read.
  bool handle_message() {
    std::array<std::uint8_t, kHeader - 1> rest{};
    if (!read(rest.data(), rest.size())) return false;
    const std::uint32_t length = (std::uint32_t{rest[3]} << 24) | (std::uint32_t{rest[4]} << 16) |
                                 (std::uint32_t{rest[5]} << 8) | rest[6];
    if (length > kMaxLength) return false;
    std::vector<std::uint8_t> bytes(length);
    if (!read(bytes.data(), bytes.size())) return false;
    offered_ = offered_ || rest[0] != kData;
    return rest[0] != kData ||
           ::send(card_, bytes.data(), length, MSG_NOSIGNAL) == static_cast<ssize_t>(length);
  }

  bool read(std::uint8_t* into, std::size_t size) {
    return ReadFromRFBServer(client_, static_cast<char*>(static_cast<void*>(into)),
                             static_cast<unsigned>(size)) != 0;
  }
  void send(const std::uint8_t* bytes, std::size_t size) {
    if (WriteToRFBServer(client_, static_cast<const char*>(static_cast<const void*>(bytes)),
                         static_cast<unsigned>(size)) == 0) {
      throw std::runtime_error("the VNC server has gone");
    }
  }

  static inline std::array<int, 2> encodings{0x76736364, 0};
  static inline rfbClientProtocolExtension extension{encodings.data(), nullptr, handle,
                                                     nullptr,          nullptr, nullptr};

  int card_;
  rfbClient* client_;
  bool offered_ = false;
};

class Window {
 public:
  explicit Window(rfbClient* client) : client_(client), display_(XOpenDisplay(nullptr)) {
    if (display_ == nullptr) throw std::runtime_error("no X display");
    const int screen = DefaultScreen(display_);
    window_ = XCreateSimpleWindow(display_, RootWindow(display_, screen), 0, 0, width(), height(),
                                  0, 0, 0);
    XSelectInput(display_, window_,
                 ExposureMask | KeyPressMask | KeyReleaseMask | ButtonPressMask |
                     ButtonReleaseMask | PointerMotionMask);
    XMapWindow(display_, window_);
    XFlush(display_);
  }

  int descriptor() const { return ConnectionNumber(display_); }

  void draw() {
    XImage* const image = XCreateImage(
        display_, DefaultVisual(display_, DefaultScreen(display_)), 24, ZPixmap, 0,
        static_cast<char*>(static_cast<void*>(client_->frameBuffer)), width(), height(), 32, 0);
    XPutImage(display_, window_, DefaultGC(display_, DefaultScreen(display_)), image, 0, 0, 0, 0,
              width(), height());
    image->data = nullptr;  // libvncclient's
    XDestroyImage(image);
    XFlush(display_);
  }

  void handle_events() {
    while (XPending(display_) > 0) {
      XEvent event{};
      XNextEvent(display_, &event);
      handle(event);
    }
  }

 private:
  unsigned width() const { return static_cast<unsigned>(client_->width); }
  unsigned height() const { return static_cast<unsigned>(client_->height); }

  void handle(XEvent& event) {
    if (event.type == Expose) draw();
    if (event.type == KeyPress || event.type == KeyRelease) {
      const KeySym key = XLookupKeysym(&event.xkey, 0);  // RFB has X11's numbers
      SendKeyEvent(client_, static_cast<std::uint32_t>(key), event.type == KeyPress ? TRUE : FALSE);
    }
    if (event.type == ButtonPress) buttons_ |= 1 << (event.xbutton.button - 1);
    if (event.type == ButtonRelease) buttons_ &= ~(1 << (event.xbutton.button - 1));
    if (event.type == ButtonPress || event.type == ButtonRelease || event.type == MotionNotify) {
      SendPointerEvent(client_, event.xbutton.x, event.xbutton.y, buttons_);
    }
  }

  rfbClient* client_;
  Display* display_;
  ::Window window_ = 0;
  int buttons_ = 0;
};

Window* shown = nullptr;

void run(const std::string& host, int port, const char* card) {
  rfbClient* const picture = new_client(host, port);
  picture->FinishedFrameBufferUpdate = [](rfbClient*) {
    if (shown != nullptr) shown->draw();
  };
  if (rfbInitClient(picture, nullptr, nullptr) == 0) throw std::runtime_error("no VNC server");
  Window window(picture);
  shown = &window;
  Channel* const channel = card != nullptr ? new Channel(host, port, card) : nullptr;
  while (true) {
    const short unless_early = channel != nullptr && channel->offered() ? POLLIN : 0;
    std::array<pollfd, 4> wanted{{{picture->sock, POLLIN, 0},
                                  {window.descriptor(), POLLIN, 0},
                                  {channel != nullptr ? channel->server() : -1, POLLIN, 0},
                                  {channel != nullptr ? channel->card() : -1, unless_early, 0}}};
    window.handle_events();
    if (::poll(wanted.data(), wanted.size(), -1) < 0) throw std::runtime_error("poll");
    if (wanted[0].revents != 0) receive(picture);
    if (wanted[2].revents != 0) channel->receive_from_server();
    if (wanted[3].revents != 0) channel->receive_from_card();
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 && argc != 4) {
    std::fprintf(stderr, "usage: vnc-viewer HOST DISPLAY [CARD]\n");
    return 2;
  }
  try {
    run(argv[1], kFirstPort + std::atoi(argv[2]), argc == 4 ? argv[3] : nullptr);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "vnc-viewer: %s\n", error.what());
    return 1;
  }
}
