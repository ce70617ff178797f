#pragma once

namespace vscard::test {

/// From now on the kernel kills this process, and its children, if it asks for what the unit of
/// pcscd 2.3 and later forbids: SystemCallFilter=~@resources @privileged, systemd.exec(5). False:
/// the kernel has no filters.
bool forbid_privileged_calls();

}  // namespace vscard::test
