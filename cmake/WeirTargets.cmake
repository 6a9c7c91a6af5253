# weir_library(NAME SOURCES… HEADERS… DEPS… PRIVATE_DEPS…): one static library per folder, with the shared precompiled header.
# The include root is the repository: "stages/dedupe.hpp".
function(weir_library name)
  cmake_parse_arguments(A "NO_UNITY" "" "SOURCES;HEADERS;DEPS;PRIVATE_DEPS" ${ARGN})
  add_library(${name} STATIC ${A_SOURCES})
  target_sources(${name} PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${A_HEADERS})
  target_include_directories(${name} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>)
  target_link_libraries(${name} PUBLIC Boost::headers Threads::Threads ${A_DEPS} PRIVATE ${A_PRIVATE_DEPS})
  weir_use_pch(${name})
  if(WEIR_VERIFY_HEADERS)
    set_target_properties(${name} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
  endif()
  if(A_NO_UNITY)
    set_target_properties(${name} PROPERTIES UNITY_BUILD OFF)
  endif()
endfunction()

# Reuses the one precompiled header of the build (target weir_pch).
function(weir_use_pch name)
  # CMake gives programs -fPIE and libraries -fPIC; a precompiled header serves only one of the two.
  get_target_property(type ${name} TYPE)
  if(type STREQUAL "EXECUTABLE")
    set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(${name} PRIVATE -fPIC)
  endif()
  target_precompile_headers(${name} REUSE_FROM weir_pch)
endfunction()

# weir_test(NAME SOURCES… DEPS… LABELS…): one GoogleTest program per folder; every TEST is a ctest test. One label of:
#   unit     one thread: virtual time, or none
#   threads  threads of our own: ThreadSanitizer looks at these, and only these (target weir_threads_tests)
#   bridge   threads of grpc, librdkafka or RocksDB, which ThreadSanitizer cannot see
function(weir_test name)
  cmake_parse_arguments(A "" "TIMEOUT" "SOURCES;DEPS;LABELS" ${ARGN})
  add_executable(${name} ${A_SOURCES})
  target_link_libraries(${name} PRIVATE ${A_DEPS} GTest::gtest GTest::gmock GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE WEIR_SOURCE_DIR="${PROJECT_SOURCE_DIR}" WEIR_BINARY_DIR="${PROJECT_BINARY_DIR}")
  weir_use_pch(${name})
  if("threads" IN_LIST A_LABELS)
    add_dependencies(weir_threads_tests ${name})
  endif()
  if(NOT A_TIMEOUT)
    set(A_TIMEOUT 60)
  endif()
  include(GoogleTest)
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST PROPERTIES LABELS "${A_LABELS}" TIMEOUT ${A_TIMEOUT})
endfunction()
