#include "cards/link/metrics.hpp"

#include "tests/fakes/lent.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace vscard::cards::link {
namespace {

using namespace std::chrono_literals;

TEST(Metrics, AreInTheTextFormOfOpenMetrics) {
  fakes::Lent lent;
  lent.holding = {.holder = "_INBOX_ci.3f2a1c", .since = {}, .until = {}};
  lent.waiting = {{.who = "a", .labels = {}, .since = {}}, {.who = "b", .labels = {}, .since = {}}};
  CardLink::Status pooled;
  pooled.card = "a";
  pooled.remote = "host";
  pooled.round_trip = 1250us;
  pooled.apdus = 12;
  pooled.failures = 1;
  pooled.lending = &lent;
  CardLink::Status alone;
  alone.card = "b\"\\";
  EXPECT_EQ(metrics_text({pooled, alone}),
            "# TYPE vscard_apdus counter\n"
            "# HELP vscard_apdus Commands that the card was given.\n"
            "vscard_apdus_total{card=\"a\",pool=\"pool.ci\"} 12\n"
            "vscard_apdus_total{card=\"b\\\"\\\\\"} 0\n"
            "# TYPE vscard_failures counter\n"
            "# HELP vscard_failures Commands that the card did not answer.\n"
            "vscard_failures_total{card=\"a\",pool=\"pool.ci\"} 1\n"
            "vscard_failures_total{card=\"b\\\"\\\\\"} 0\n"
            "# TYPE vscard_hosts gauge\n"
            "# HELP vscard_hosts Hosts that are connected: 0 or 1.\n"
            "vscard_hosts{card=\"a\",pool=\"pool.ci\"} 1\n"
            "vscard_hosts{card=\"b\\\"\\\\\"} 0\n"
            "# TYPE vscard_round_trip_seconds gauge\n"
            "# UNIT vscard_round_trip_seconds seconds\n"
            "# HELP vscard_round_trip_seconds To the host and back.\n"
            "vscard_round_trip_seconds{card=\"a\",pool=\"pool.ci\"} 0.001250\n"
            "# TYPE vscard_leases counter\n"
            "# HELP vscard_leases How often the card was lent.\n"
            "vscard_leases_total{card=\"a\",pool=\"pool.ci\"} 7\n"
            "# TYPE vscard_lent gauge\n"
            "# HELP vscard_lent Is the card lent now? 0 or 1.\n"
            "vscard_lent{card=\"a\",pool=\"pool.ci\"} 1\n"
            "# TYPE vscard_waiting gauge\n"
            "# HELP vscard_waiting Those in line whom the card would fit; one may wait for several "
            "cards.\n"
            "vscard_waiting{card=\"a\",pool=\"pool.ci\"} 2\n"
            "# EOF\n");
}

}  // namespace
}  // namespace vscard::cards::link
