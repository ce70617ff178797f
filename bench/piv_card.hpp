#pragma once

#include "bench/host.hpp"
#include "bench/samples.hpp"

#include <functional>
#include <string_view>

namespace vscard::bench {

/// What a PIV card is asked for whose PIN is 12345678, with RSA-2048 in 9A and P-256 in 9D, and the
/// same from OpenSSL alone, by the name of the operation. As measure_soft_card().
void measure_piv_card(Host& host, const std::function<Samples&(std::string_view)>& samples_of,
                      std::chrono::milliseconds length);

}  // namespace vscard::bench
