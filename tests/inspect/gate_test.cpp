#include "inspect/gate.hpp"

#include <gtest/gtest.h>

namespace vscard::inspect {
namespace {

class AtTheGate : public testing::Test {
 protected:
  Request request(const std::string& host) const {
    return {.method = "GET",
            .target = "/",
            .host = host,
            .origin = {},
            .token = gate_.token(),
            .body = {}};
  }
  Gate gate_;
};

TEST_F(AtTheGate, NamesOfThisMachineLeadIn) {
  for (const char* host :
       {"127.0.0.1:8080", "localhost:80", "localhost", "[::1]:80", "127.9.9.9:1"}) {
    EXPECT_EQ(gate_.refuse_contents(request(host)), std::nullopt) << host;
  }
}

TEST_F(AtTheGate, OtherNamesDoNot) {
  for (const char* host : {"", "attacker.example", "attacker.example:8080", "192.0.2.1:80",
                           "localhost.attacker.example:80", "127.0.0.1:80:80", "0.0.0.0:80"}) {
    EXPECT_EQ(Gate::refuse(request(host)), Status::Forbidden) << host;
    EXPECT_EQ(gate_.refuse_contents(request(host)), Status::Forbidden) << host;
  }
}

TEST_F(AtTheGate, OnlyOurPageMayAsk) {
  Request asked = request("127.0.0.1:8080");
  asked.origin = "http://127.0.0.1:8080";
  EXPECT_EQ(gate_.refuse_contents(asked), std::nullopt);
  for (const char* origin : {"http://attacker.example", "https://127.0.0.1:8080", "null", "",
                             "http://127.0.0.1:8081", "http://127.0.0.1:8080/"}) {
    asked.origin = origin;
    EXPECT_EQ(Gate::refuse(asked), Status::Forbidden) << origin;
    EXPECT_EQ(gate_.refuse_contents(asked), Status::Forbidden) << origin;
  }
}

TEST_F(AtTheGate, EveryByteOfTheTokenCounts) {
  Request asked = request("localhost:1");
  ASSERT_EQ(asked.token.size(), 32U);
  for (char& digit : asked.token) {
    const char right = std::exchange(digit, digit == '0' ? '1' : '0');
    EXPECT_EQ(gate_.refuse_contents(asked), Status::Unauthorized);
    digit = right;
  }
  asked.token += '0';
  EXPECT_EQ(gate_.refuse_contents(asked), Status::Unauthorized);
  asked.token.clear();
  EXPECT_EQ(gate_.refuse_contents(asked), Status::Unauthorized);
  EXPECT_EQ(Gate::refuse(asked), std::nullopt) << "the page itself is no secret";
  EXPECT_NE(Gate().token(), gate_.token());
}

}  // namespace
}  // namespace vscard::inspect
