# rediscluster_add_gtest(<executable> LABEL <label> TIMEOUT <seconds> [PROCESSORS <slots of ctest -j>])
#
# Makes ctest know an executable of GoogleTest suite by suite, under the names <label>.<suite>. gtest_discover_tests would
# start a process for each TEST, and so a cluster of redis-servers for each.
function(rediscluster_add_gtest executable)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "LABEL;TIMEOUT;PROCESSORS" "")
  if(NOT arg_PROCESSORS)
    set(arg_PROCESSORS 1)
  endif()
  # `if (condition) EXPECT_EQ(...)`: the macros see to it that an else cannot go astray.
  target_compile_options(${executable} PRIVATE -Wno-dangling-else)
  # A quarter less time to compile than at -O2.
  target_compile_options(${executable} PRIVATE $<$<CONFIG:RelWithDebInfo>:-O1>)
  # A third of the time that a test takes to compile. Not for everybody: it hides that a test lacks an #include.
  if(REDISCLUSTER_PRECOMPILE_TESTS)
    target_precompile_headers(${executable} PRIVATE <gmock/gmock.h> <gtest/gtest.h> <rediscluster/rediscluster.h>)
  endif()
  set(base "${CMAKE_CURRENT_BINARY_DIR}/${executable}_suites")
  file(
    GENERATE
    OUTPUT "${base}-$<CONFIG>.cmake"
    CONTENT "set(executable [[$<TARGET_FILE:${executable}>]])
set(label [[${arg_LABEL}]])
set(timeout [[${arg_TIMEOUT}]])
set(processors [[${arg_PROCESSORS}]])
include([[${PROJECT_SOURCE_DIR}/cmake/RedisClusterListSuites.cmake]])
")
  # Read by ctest, which knows the configuration only where several share a build folder.
  file(WRITE "${base}.cmake" "if(CTEST_CONFIGURATION_TYPE)
  include(\"${base}-\${CTEST_CONFIGURATION_TYPE}.cmake\")
else()
  include(\"${base}-${CMAKE_BUILD_TYPE}.cmake\")
endif()
")
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES "${base}.cmake")
endfunction()
