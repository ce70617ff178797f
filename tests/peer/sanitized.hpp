#pragma once

namespace vscard::test {

/// Is this a build with a sanitizer? They look into the process, and need descriptors for that:
/// without any, UBSan takes sound objects for broken ones.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kIsSanitized = true;
#else
inline constexpr bool kIsSanitized = false;
#endif

}  // namespace vscard::test
