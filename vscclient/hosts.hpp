#pragma once

#include "cards/link/card_link.hpp"
#include "session/vsc_link_options.hpp"
#include "vscclient/speaks.hpp"

namespace vscard::vscclient {

/// The way to the hosts of one --vsc.
cards::link::MakeHosts hosts_at(const asio::any_io_executor& executor,
                                session::VscLinkOptions options, Speaks speaks);

}  // namespace vscard::vscclient
