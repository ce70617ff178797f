#pragma once

#include "ccid-passthru/usb_reader.hpp"
#include "tests/ccid-passthru/fake_client.hpp"

namespace vscard::ccid_passthru::test {

/// Of a reader that clients in memory connect to.
inline UsbReaderOptions reader_options() {
  return {.identity = {.id = {}, .serial = "0123456789ab", .name = "alice"},
          .limits = {},
          .vsc = {.link = {.endpoint = {.mode = chardev::Endpoint::Mode::Listen, .address = {}}},
                  .transport = &fakes::kMemory}};
}

}  // namespace vscard::ccid_passthru::test
