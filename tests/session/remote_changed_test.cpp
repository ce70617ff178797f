#include "async/spawn.hpp"
#include "session/link.hpp"
#include "tests/peer/raw_socket.hpp"
#include "tests/peer/temp_folder.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace vscard::session {
namespace {

using Remote = std::optional<std::string>;

/// Until the other side closes.
Awaitable<Ending> serve(chardev::Stream& stream) {
  std::array<std::uint8_t, 16> buffer{};
  const auto size = co_await stream.read(buffer);
  co_return Ending{.error = size ? std::error_code() : size.error()};
}

TEST(LinkRemote, IsToldOfEachTimeThatItChanges) {
  const test::TempFolder folder;
  const std::string address = "unix:" + (folder.path() / "link").string();
  asio::io_context io(1);
  std::optional<Link> link;
  std::vector<Remote> remotes;
  const auto changed = [&] {
    remotes.push_back(link->remote());
    if (remotes.size() == 4) link->stop();
  };
  link.emplace(
      io.get_executor(),
      LinkOptions{.endpoint = chardev::parse_endpoint("listen:" + address).value()}, chardev::kUnix,
      serve, [](const Notice&) {}, changed);
  ASSERT_TRUE(link->open());
  for (int i = 0; i < 2; ++i) test::RawSocket::connect_unix(folder.path() / "link").close();
  async::spawn(io.get_executor(), link->run(),
               [](Result<> ended) { EXPECT_TRUE(ended.has_value()); });
  io.run();
  EXPECT_EQ(remotes, (std::vector<Remote>{address, std::nullopt, address, std::nullopt}));
}

}  // namespace
}  // namespace vscard::session
