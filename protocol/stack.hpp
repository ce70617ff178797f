#pragma once

namespace vscard::protocol {

/// Wipes what functions that have returned left below the caller on its thread's stack. No code of
/// ours keeps secrets there, but the loader does: where a library's function is called for the
/// first time, it stores the vector registers, with what was copied last (glibc's
/// _dl_runtime_resolve; Debian's libraries are bound when they are called).
void wipe_stack() noexcept;

}  // namespace vscard::protocol
