#pragma once

namespace vscard::program {

/// Is this a build with a sanitizer? LeakSanitizer attaches to its own process.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kIsSanitized = true;
#else
inline constexpr bool kIsSanitized = false;
#endif

}  // namespace vscard::program
