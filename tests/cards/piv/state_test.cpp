#include "cards/piv/state.hpp"

#include "cards/piv/sealing.hpp"
#include "cards/piv/tlv.hpp"
#include "tests/cards/piv/card_user.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vscard::cards::piv {
namespace {

TEST(PivTlv, ReadsEachFormOfALength) {
  for (const std::size_t size : {0U, 1U, 0x7fU, 0x80U, 0xffU, 0x100U, 0xffffU}) {
    std::vector<std::uint8_t> bytes;
    const auto value = fakes::counting(size);
    put_tlv(bytes, 0x7f49, value);
    const fakes::ExactBytes exact(bytes);
    const auto found = only_tlv(exact, 0x7f49);
    ASSERT_TRUE(found) << size;
    EXPECT_TRUE(std::ranges::equal(*found, value));
    for (std::size_t cut = 0; cut < std::min<std::size_t>(bytes.size(), 300); ++cut) {
      EXPECT_FALSE(only_tlv(fakes::ExactBytes(Bytes(bytes).first(cut)), 0x7f49)) << cut;
    }
  }
  for (const char* text :
       {"5380", "538300000101", "5384000000010101", "53", "7f", "530101530101"}) {
    EXPECT_FALSE(only_tlv(fakes::from_hex(text), 0x53)) << text;
  }
}

TEST(PivState, IsReadAsItWasWritten) {
  CardUser user;
  EXPECT_EQ(user.manage(), "9000");
  user.send("0047009a", "ac03800111");
  user.send("0047009e", "ac03800114");
  user.send("00db3fff", "5c035fc10d530101");
  const SecretBytes bytes = encode(user.state());
  const auto read = decode(fakes::ExactBytes(bytes.view()));
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, user.state());
  EXPECT_EQ(user.state().clone(), user.state());
}

TEST(PivState, CutAnywhereIsNotRead) {
  const SecretBytes bytes = encode(quick_card());
  std::size_t whole = 0;  // a card without its last objects is one
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    if (decode(fakes::ExactBytes(bytes.view().first(cut)))) ++whole;
  }
  EXPECT_LE(whole, 6U);
}

TEST(PivSealing, OpensWithTheRightPasswordOnly) {
  const auto key = fakes::counting(32);
  const auto password = fakes::from_hex("313233343536ffff");
  for (const WorkFactor work : {WorkFactor::Least, WorkFactor::Standard}) {
    auto wrapped = wrap(key, password, work);
    EXPECT_TRUE(std::ranges::equal(unwrap(wrapped, password)->view(), key));
    EXPECT_FALSE(unwrap(wrapped, fakes::from_hex("313233343536fffe")));
  }
  auto wrapped = wrap(key, password, WorkFactor::Least);
  for (auto& byte : wrapped) {
    byte ^= 0x20;
    EXPECT_FALSE(unwrap(wrapped, password));
    byte ^= 0x20;
  }
  for (std::size_t cut = 0; cut < wrapped.size(); ++cut) {
    EXPECT_FALSE(unwrap(fakes::ExactBytes(Bytes(wrapped).first(cut)), password));
  }
}

TEST(PivSealing, IsBoundToWhatItIsAbout) {
  const CardKey card = make_card_key();
  const auto content = fakes::counting(100);
  auto sealed = seal(card.public_half, content, fakes::from_hex("9a1102"));
  const auto open = [&](std::string_view about) {
    return unseal(card.private_half.view(), sealed, fakes::from_hex(about)).has_value();
  };
  EXPECT_TRUE(open("9a1102"));
  EXPECT_FALSE(open("9a1101"));
  sealed[40] ^= 1;
  EXPECT_FALSE(open("9a1102"));
  EXPECT_FALSE(unseal(make_card_key().private_half.view(), sealed, {}));
}

}  // namespace
}  // namespace vscard::cards::piv
