# What `cmake --install` installs. Each component has an export file of its own, so that find_package needs only what the
# components asked for need; the two kinds of the core too, for only the static one needs hiredis.

include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/rediscluster")

install(
  DIRECTORY "${PROJECT_SOURCE_DIR}/include/rediscluster"
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
  COMPONENT core
  FILES_MATCHING
  PATTERN "*.h"
  PATTERN "tls.h" EXCLUDE
  PATTERN "testing" EXCLUDE)

foreach(kind static shared)
  install(
    TARGETS rediscluster_${kind}
    EXPORT rediscluster-${kind}
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT core
    LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT core
    INCLUDES
    DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
  install(
    EXPORT rediscluster-${kind}
    NAMESPACE rediscluster::
    FILE rediscluster-${kind}-targets.cmake
    DESTINATION "${package_dir}"
    COMPONENT core)
endforeach()

install(
  DIRECTORY "${PROJECT_SOURCE_DIR}/include/rediscluster/testing"
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/rediscluster"
  COMPONENT testing
  FILES_MATCHING
  PATTERN "*.h")
install(
  TARGETS rediscluster_testing
  EXPORT rediscluster-testing
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT testing
  INCLUDES
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(
  EXPORT rediscluster-testing
  NAMESPACE rediscluster::
  FILE rediscluster-testing-targets.cmake
  DESTINATION "${package_dir}"
  COMPONENT testing)

if(REDISCLUSTER_BUILD_TLS)
  install(
    FILES "${PROJECT_SOURCE_DIR}/include/rediscluster/tls.h"
    DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/rediscluster"
    COMPONENT tls)
  foreach(kind static shared)
    install(
      TARGETS rediscluster_tls_${kind}
      EXPORT rediscluster-tls-${kind}
      ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT tls
      LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT tls
      INCLUDES
      DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
    install(
      EXPORT rediscluster-tls-${kind}
      NAMESPACE rediscluster::
      FILE rediscluster-tls-${kind}-targets.cmake
      DESTINATION "${package_dir}"
      COMPONENT tls)
  endforeach()
endif()

configure_package_config_file(
  "${CMAKE_CURRENT_LIST_DIR}/rediscluster-config.cmake.in" "${PROJECT_BINARY_DIR}/rediscluster-config.cmake"
  INSTALL_DESTINATION "${package_dir}"
  NO_SET_AND_CHECK_MACRO)
# Before 1.0 each minor release may change anything.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/rediscluster-config-version.cmake" COMPATIBILITY SameMinorVersion)
install(
  FILES "${PROJECT_BINARY_DIR}/rediscluster-config.cmake" "${PROJECT_BINARY_DIR}/rediscluster-config-version.cmake"
        "${CMAKE_CURRENT_LIST_DIR}/FindRedisClusterHiredis.cmake"
  DESTINATION "${package_dir}"
  COMPONENT core)

# GNUInstallDirs allows absolute folders.
foreach(dir INCLUDEDIR LIBDIR)
  if(IS_ABSOLUTE "${CMAKE_INSTALL_${dir}}")
    set(pc_${dir} "${CMAKE_INSTALL_${dir}}")
  else()
    set(pc_${dir} "\${prefix}/${CMAKE_INSTALL_${dir}}")
  endif()
endforeach()
# hiredis is named by Libs.private and not by Requires.private, for pkg-config would then want hiredis.pc of those who use
# the shared library too, and give them hiredis' Cflags. No public header needs them.
set(pc_hiredis "-lhiredis")
if(RedisClusterHiredis_LIBRARY)
  get_filename_component(hiredis_dir "${RedisClusterHiredis_LIBRARY}" DIRECTORY)
  if(NOT hiredis_dir IN_LIST CMAKE_CXX_IMPLICIT_LINK_DIRECTORIES)
    set(pc_hiredis "-L${hiredis_dir} -lhiredis")
  endif()
endif()
# The prefix may be chosen as late as in `cmake --install --prefix`.
set(pc_prefix "@pc_prefix@")
function(install_pkgconfig_file name component)
  configure_file("${CMAKE_CURRENT_FUNCTION_LIST_DIR}/${name}.in" "${PROJECT_BINARY_DIR}/${name}.in" @ONLY)
  install(
    CODE "set(pc_prefix \"\${CMAKE_INSTALL_PREFIX}\")
configure_file([[${PROJECT_BINARY_DIR}/${name}.in]] [[${PROJECT_BINARY_DIR}/${name}]] @ONLY)"
    COMPONENT ${component})
  install(
    FILES "${PROJECT_BINARY_DIR}/${name}"
    DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig"
    COMPONENT ${component})
endfunction()
install_pkgconfig_file(rediscluster.pc core)
if(REDISCLUSTER_BUILD_TLS)
  install_pkgconfig_file(rediscluster-tls.pc tls)
endif()
