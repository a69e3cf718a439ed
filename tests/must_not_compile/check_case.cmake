# One case of cases.cpp: its right spelling must compile, its wrong one must not, with the message that is expected.

function(compile result_variable output_variable)
  execute_process(
    COMMAND "${COMPILER}" -std=c++20 -fsyntax-only "-I${INCLUDE}" "-DCASE_${CASE}" ${ARGN} "${CASES_FILE}"
    RESULT_VARIABLE result
    OUTPUT_VARIABLE output
    ERROR_VARIABLE output)
  set(${result_variable} "${result}" PARENT_SCOPE)
  set(${output_variable} "${output}" PARENT_SCOPE)
endfunction()

compile(result output -DMUST_COMPILE)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "${CASE}: the right spelling does not compile:\n${output}")
endif()

compile(result output)
if(result EQUAL 0)
  message(FATAL_ERROR "${CASE}: the wrong spelling compiles.")
endif()
file(READ "${CASES_FILE}" cases)
if(cases MATCHES "defined CASE_${CASE}\n *// EXPECT: ([^\n]*)")
  set(expected "${CMAKE_MATCH_1}")
  if(NOT output MATCHES "error: [^\n]*${expected}")
    message(FATAL_ERROR "${CASE}: does not compile, but not for the reason expected (${expected}):\n${output}")
  endif()
endif()
