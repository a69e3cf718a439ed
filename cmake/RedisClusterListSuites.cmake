# Run by ctest itself: one test for each suite of `executable`. See RedisClusterTest.cmake.
set(suites "")
if(EXISTS "${executable}")
  execute_process(
    COMMAND "${executable}" --gtest_list_tests
    OUTPUT_VARIABLE listing
    ERROR_QUIET
    RESULT_VARIABLE listing_result)
  # Suites are the lines that begin in the first column: "Suite.", "Prefix/Suite.", "Suite/0.  # TypeParam = int".
  if(listing_result EQUAL 0)
    string(REGEX MATCHALL "(^|\n)[A-Za-z0-9_/]+\\." suites "${listing}")
  endif()
endif()

foreach(suite IN LISTS suites)
  string(REGEX REPLACE "[\n.]" "" suite "${suite}")
  add_test("${label}.${suite}" "${executable}" "--gtest_filter=${suite}.*" --gtest_brief=1)
  set_tests_properties("${label}.${suite}" PROPERTIES LABELS "${label}" TIMEOUT "${timeout}" PROCESSORS "${processors}")
endforeach()

if(NOT suites)
  # Not silently fewer tests: this cannot be started.
  add_test("${label}.not_built_or_does_not_list_its_tests" "${executable}")
  set_tests_properties("${label}.not_built_or_does_not_list_its_tests" PROPERTIES LABELS "${label}")
endif()
