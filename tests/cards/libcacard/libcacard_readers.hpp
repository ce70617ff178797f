#pragma once

#include "cards/kinds.hpp"
#include "cards/libcacard/kinds.hpp"
#include "certs-test/soft_cards.hpp"
#include "tests/fakes/hex.hpp"
#include "tests/peer/temp_folder.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace vscard::cards::libcacard {

inline constexpr const char* kVerify = "0020000008";  // CAC: VERIFY, 8 bytes of PIN
inline constexpr const char* kPin = "3132333435363738";
inline constexpr const char* kSelectContainer = "00a4040007a000000116db00";

/// libcacard's readers, with the databases of Alice and Bob. open() works once a process, as ctest
/// starts these tests.
class LibcacardReaders : public testing::Test {
 protected:
  void SetUp() override {
    certs_test::SoftCardOptions options;
    options.folder = folder_.path() / "made";
    options.subjects = {"Alice", "Bob"};
    const auto made = certs_test::make_soft_cards(options);
    ASSERT_TRUE(made) << made.error().text;
  }

  std::string database(const char* name) const {
    return (folder_.path() / "made/cards" / name / "nssdb").string();
  }

  /// "" or the line for the user.
  std::string open(const std::vector<std::string>& cards) {
    std::vector<CardSpec> specs;
    for (const std::string& card : cards) specs.push_back(parse_card_spec(card).value());
    auto opened =
        libcacard::open(io_.get_executor(), specs,
                        {.tell = [this](const std::string& line) { lines_.push_back(line); },
                         .warn = [this](const std::string& line) { warnings_.push_back(line); }});
    if (!opened) return opened.error().text;
    cards_ = std::move(*opened);
    return "";
  }

  template <class T>
  T run(Awaitable<T> work) {
    std::optional<T> result;
    asio::co_spawn(io_, keep(std::move(work), result), asio::detached);
    io_.restart();
    while (!result) io_.run_one();
    return *std::move(result);
  }
  template <class T>
  static Awaitable<void> keep(Awaitable<T> work, std::optional<T>& result) {
    result = co_await std::move(work);
  }

  std::string transmit(std::size_t reader, const std::string& hex) {
    auto response = run(cards_->readers().at(reader)->transmit(
        protocol::SecretBytes::copy_of(fakes::from_hex(hex))));
    return response ? fakes::to_hex(response->view()) : "no answer";
  }

  /// The same with what GET RESPONSE gives, and without status words.
  std::string read(std::size_t reader, const std::string& hex, const std::string& le = "00") {
    std::string data;
    std::string response = transmit(reader, hex);
    while (response.substr(response.size() - 4, 2) == "61") {
      data += response.substr(0, response.size() - 4);
      response = transmit(reader, "00c00000" + le);
    }
    return data + response.substr(0, response.size() - 4);
  }

  void open_and_watch(const std::vector<std::string>& cards) {
    ASSERT_EQ(open(cards), "");
    std::size_t inserted = 0;
    for (cards::Reader* reader : cards_->readers())
      reader->watch([&](const CardEvent&) { ++inserted; });
    io_.restart();
    while (inserted < cards.size()) io_.run_one();
    for (cards::Reader* reader : cards_->readers()) reader->watch([](const CardEvent&) {});
  }

  /// As OpenSC shows it: of the card identifier, behind the chip.
  std::string serial(std::size_t reader) {
    transmit(reader, kSelectContainer);
    return read(reader, "8052000f020208");
  }

  test::TempFolder folder_;
  asio::io_context io_{1};
  std::vector<std::string> lines_;
  std::vector<std::string> warnings_;
  std::unique_ptr<CardSet> cards_;
};

}  // namespace vscard::cards::libcacard
