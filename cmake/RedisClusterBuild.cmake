# How this project's own targets are compiled. Nothing here reaches those who use the library.

find_program(REDISCLUSTER_CCACHE ccache)
mark_as_advanced(REDISCLUSTER_CCACHE)

if(REDISCLUSTER_SANITIZE)
  add_compile_options(-fsanitize=${REDISCLUSTER_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${REDISCLUSTER_SANITIZE})
endif()

if(REDISCLUSTER_BUILD_FUZZERS)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "REDISCLUSTER_BUILD_FUZZERS needs clang, for libFuzzer; this is ${CMAKE_CXX_COMPILER_ID}.")
  endif()
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# Every target of this project is passed through here.
function(rediscluster_configure_target target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(
    ${target} PROPERTIES CXX_EXTENSIONS OFF CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
                         POSITION_INDEPENDENT_CODE ON)
  if(REDISCLUSTER_TOP_LEVEL)
    target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
    if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
      target_compile_options(${target} PRIVATE -Werror=reorder-init-list)
    endif()
    if(REDISCLUSTER_WERROR)
      target_compile_options(${target} PRIVATE -Werror)
    endif()
    if(REDISCLUSTER_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
      set_target_properties(${target} PROPERTIES CXX_COMPILER_LAUNCHER "${REDISCLUSTER_CCACHE}")
    endif()
  endif()
endfunction()
