# Compiler, linker and cache settings shared by every target.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 12.2)
  message(FATAL_ERROR "weir needs GCC 12.2 or newer (coroutines); found ${CMAKE_CXX_COMPILER_VERSION}")
endif()

find_program(WEIR_CCACHE ccache)
if(WEIR_CCACHE)
  # ccache can serve precompiled-header builds only when told that the header's time stamp does not matter.
  # The directory is not hashed, so that another checkout of the same text finds what this one has compiled.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${WEIR_CCACHE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-fpch-preprocess)
  endif()
endif()

find_program(WEIR_MOLD mold)
if(WEIR_MOLD AND NOT WEIR_SANITIZE)
  add_link_options(-fuse-ld=mold)
elseif(WEIR_SANITIZE)
  find_program(WEIR_LLD NAMES ld.lld-19 ld.lld)
  if(WEIR_LLD AND CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    add_link_options(-fuse-ld=lld)
  endif()
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wno-unused-parameter)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC PR 105329 and its kin: false positives of 12.x inside libstdc++ at -O2.
  add_compile_options(-Wno-restrict -Wno-maybe-uninitialized -Wno-stringop-overflow -Wno-array-bounds)
  # A unity build includes source files, so that their anonymous namespaces look like those of headers; and a designated
  # initialiser that leaves members to their defaults says what it means.
  add_compile_options(-Wno-subobject-linkage -Wno-missing-field-initializers)
endif()

# Asio and Beast are compiled once, in pipeline/base/build/asio.cpp.
add_compile_definitions(BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED)

if(WEIR_SANITIZE STREQUAL "address")
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
elseif(WEIR_SANITIZE STREQUAL "thread")
  add_compile_options(-fsanitize=thread -fno-omit-frame-pointer)
  add_link_options(-fsanitize=thread)
elseif(WEIR_SANITIZE)
  message(FATAL_ERROR "WEIR_SANITIZE is '${WEIR_SANITIZE}'; known: address, thread")
endif()
if(WEIR_FUZZ)
  # Coverage for libFuzzer, in the tests too, so that one build serves both; its main() is linked into the fuzzers only.
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(WEIR_SANITIZE)
  # Recycled coroutine frames hide use-after-free from the sanitizers.
  add_compile_definitions(BOOST_ASIO_DISABLE_AWAITABLE_FRAME_RECYCLING)
endif()
