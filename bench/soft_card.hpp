#pragma once

#include "bench/host.hpp"
#include "bench/samples.hpp"

#include <functional>
#include <string_view>

namespace vscard::bench {

/// What a soft card of certs-test is asked for, by the name of the operation: selecting an applet,
/// 255 bytes of a certificate, an RSA signature. `samples_of` gives the samples to add to; an
/// operation of several APDUs counts as one. Throws when the card does not do it.
void measure_soft_card(Host& host, const std::function<Samples&(std::string_view)>& samples_of,
                       std::chrono::milliseconds length);

}  // namespace vscard::bench
