# What every target of the project shares: warnings, sanitizers, third-party libraries and the
# three ways to add a target.

set(VSCARD_SANITIZE "" CACHE STRING "Sanitizers for GCC's -fsanitize=, e.g. address,undefined")
option(VSCARD_FUZZ "Build the fuzz targets with libFuzzer (clang) and nothing else" OFF)
option(VSCARD_UNITY "Compile eight files of a library at once: from scratch it takes half the time" ON)

# Each OFF leaves out a library and what needs it; the programs say so where it is asked for.
option(VSCARD_LIBCACARD "Soft cards and PKCS#11 tokens, with libcacard and NSS; certs-test" ON)
option(VSCARD_PCSC "Real cards, with libpcsclite; pcsc-bridge and its handler" ON)
option(VSCARD_SPICE "spice:// and, with libspice-server, spicevmc://" ON)
option(VSCARD_NATS "nats://, with libnats" ON)

find_program(CCACHE ccache)
if(CCACHE)
  # Every checkout of the same sources finds what another one has compiled.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
    CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1
    CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_PCH_EXTSUM=1 ${CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${CMAKE_CXX_COMPILER_LAUNCHER})
endif()

add_library(vscard_warnings INTERFACE)
target_compile_options(vscard_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wcast-qual -Wcast-align
  -Wformat=2 -Wundef $<$<COMPILE_LANGUAGE:CXX>:-Wold-style-cast -Woverloaded-virtual>)

# GCC 12 at -O3 takes the empty std::optional for an uninitialised one, and sees overlaps in
# std::string's own code (GCC bug 105651). The sanitizers look better.
target_compile_options(vscard_warnings INTERFACE
  $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized -Wno-restrict>)

# Clang warns of what Boost.Beast uses of GCC 14's library; of ours GCC warns.
target_compile_options(vscard_warnings INTERFACE $<$<CXX_COMPILER_ID:Clang>:-Wno-deprecated-declarations>)

if(VSCARD_SANITIZE)
  add_compile_options(-fsanitize=${VSCARD_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${VSCARD_SANITIZE})
  if(VSCARD_SANITIZE MATCHES thread)
    # Asio's fences are understood by neither GCC nor TSan; the warning is not about our code.
    add_compile_options($<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
  endif()
endif()

# What makes a fault in memory harder to use; tests/interop/hardening.sh looks at the built files.
if(NOT VSCARD_SANITIZE)
  include(CheckPIESupported)
  check_pie_supported()
  add_compile_options(-fstack-protector-strong -fstack-clash-protection
    $<$<CONFIG:Release,RelWithDebInfo,MinSizeRel>:-U_FORTIFY_SOURCE> $<$<CONFIG:Release,RelWithDebInfo,MinSizeRel>:-D_FORTIFY_SOURCE=2>)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|i.86")
    add_compile_options(-fcf-protection=full)
  endif()
  add_link_options(LINKER:-z,relro,-z,now)
endif()

# vscard_library(NAME FOLDER source...): the library of one folder, alias vscard::NAME.
# The repository's root is the only include root, so that an include shows its layer.
function(vscard_library name)
  add_library(vscard_${name} STATIC ${ARGN})
  add_library(vscard::${name} ALIAS vscard_${name})
  target_include_directories(vscard_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(vscard_${name} PRIVATE vscard_warnings)
  if(VSCARD_UNITY)
    # GCC takes an anonymous namespace of a file that is included for a header's.
    set_target_properties(vscard_${name} PROPERTIES UNITY_BUILD ON)
    target_compile_options(vscard_${name} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
  endif()
endfunction()

# vscard_program(NAME LIBRARY main.cpp): a program that is installed, with its man page.
function(vscard_program name library)
  add_executable(${name} ${ARGN})
  target_link_libraries(${name} PRIVATE ${library} vscard_warnings)
  install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  install(FILES ${name}.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
endfunction()

# The sanitizers' checks of inline code take the optimiser more time than the tests take without it.
if(VSCARD_SANITIZE AND NOT VSCARD_FUZZ)
  set(VSCARD_TEST_OPTIONS -O0)
endif()

# vscard_precompile_googletest(): most of what a test's compiler has to read, once for all tests. ccache
# knows the result by GoogleTest's version: its bytes differ from one checkout to the next.
function(vscard_precompile_googletest)
  add_library(vscard_googletest OBJECT ${PROJECT_SOURCE_DIR}/tests/googletest.cpp)
  target_link_libraries(vscard_googletest PRIVATE vscard_warnings GTest::gtest GTest::gmock)
  target_compile_options(vscard_googletest PRIVATE ${VSCARD_TEST_OPTIONS} -fPIE -fpch-preprocess)
  target_precompile_headers(vscard_googletest PRIVATE <gmock/gmock.h> <gtest/gtest.h>)
  file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/CMakeFiles/vscard_googletest.dir/cmake_pch.hxx.gch.sum
    "${GTest_VERSION} ${VSCARD_SANITIZE}")
endfunction()

# vscard_test(NAME LABEL LIBRARY source...): a GoogleTest program, a ctest entry per test.
function(vscard_test name label library)
  add_executable(${name} ${ARGN})
  target_link_libraries(${name} PRIVATE ${library} vscard_warnings GTest::gtest_main GTest::gmock)
  target_compile_options(${name} PRIVATE ${VSCARD_TEST_OPTIONS})
  if(TARGET vscard_googletest)
    target_compile_options(${name} PRIVATE -fpch-preprocess)
    target_precompile_headers(${name} REUSE_FROM vscard_googletest)
  endif()
  gtest_discover_tests(${name} TEST_PREFIX ${label}: DISCOVERY_TIMEOUT 60
    PROPERTIES LABELS ${label} TIMEOUT 60
      ENVIRONMENT "TSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/tsan.supp")
endfunction()

# vscard_fuzz(NAME LIBRARY): fuzz/NAME.cpp as a libFuzzer target, or, in the other presets, as a
# test that replays the seeds in fuzz/corpus/NAME.
function(vscard_fuzz name library)
  add_executable(fuzz_${name} ${name}.cpp)
  target_link_libraries(fuzz_${name} PRIVATE ${library} vscard_warnings)
  target_compile_options(fuzz_${name} PRIVATE ${VSCARD_TEST_OPTIONS})
  if(VSCARD_FUZZ)
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(fuzz_${name} PRIVATE replay.cpp)
    add_test(NAME unit:fuzz.${name} COMMAND fuzz_${name} ${CMAKE_CURRENT_SOURCE_DIR}/corpus/${name})
    set_tests_properties(unit:fuzz.${name} PROPERTIES LABELS unit TIMEOUT 60)
  endif()
endfunction()
