#include "bench/first_card.hpp"

#include "bench/host.hpp"
#include "bench/peer_process.hpp"

#include <fmt/core.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <vector>

namespace vscard::bench {
namespace {

constexpr std::chrono::seconds kRound{15};  ///< some fifty cards: their keys take any time

std::filesystem::path new_folder() {
  std::string name = std::filesystem::temp_directory_path() / "first-card.XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder for a card");
  return name;
}

void make_first_card(const std::string& vscclient) {
  const std::filesystem::path folder = new_folder();
  Host host("unix:" + (folder / "socket").string());
  {
    const PeerProcess client(
        std::nullopt, std::vector<std::string>{"/usr/bin/env", "XDG_STATE_HOME=" + folder.string(),
                                               vscclient, "--log-level", "warning", "--control",
                                               "none", "--vsc", "connect:" + host.address()});
    host.wait_for_card();
  }
  std::filesystem::remove_all(folder);
}

}  // namespace

void measure_first_card(const std::string& vscclient, Format format) {
  Samples samples;
  samples.collect(kRound, [&] { make_first_card(vscclient); });
  const auto ms = [&](double part) { return samples.quantile(part) / 1000; };
  if (format == Format::Table) {
    fmt::print("\n{:32}{:>8}{:>10}{:>10}\n", "first card from nothing, ms", "cards", "median",
               "p90");
    fmt::print("{:32}{:>8}{:>10.0f}{:>10.0f}\n", "vscclient, on all cores", samples.count(),
               ms(0.5), ms(0.9));
  } else {
    fmt::print(R"({{"first_cards": {}, "median_ms": {:.0f}, "p90_ms": {:.0f}}})"
               "\n",
               samples.count(), ms(0.5), ms(0.9));
  }
}

}  // namespace vscard::bench
