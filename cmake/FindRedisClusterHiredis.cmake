# Finds hiredis, 0.14 or later, and makes the target rediscluster::hiredis, for which `#include <hiredis/hiredis.h>` works.
#
# In this order: a target hiredis::hiredis or hiredis that the project has already; the package's own CMake config
# (hiredis 1.x); what pkg-config says; the usual folders. Not simply find_package(Hiredis), because Debian 12 installs a
# HiredisConfig.cmake that sets the wrong variables and makes no target; and hiredis.pc only as a hint for where to look,
# because its Cflags would let <read.h> and <async.h> of hiredis shadow others and define _FILE_OFFSET_BITS.
#
# RedisClusterHiredis_ROOT or HIREDIS_ROOT (variable or environment) name a prefix to look in first.
# Sets RedisClusterHiredis_FOUND, RedisClusterHiredis_VERSION (where known).

include(FindPackageHandleStandardArgs)

set(_rediscluster_hiredis_target "")
if(NOT TARGET rediscluster::hiredis)
  if(NOT TARGET hiredis::hiredis AND NOT TARGET hiredis)
    find_package(hiredis CONFIG QUIET NAMES hiredis CONFIGS hiredis-config.cmake)
    if(hiredis_FOUND)
      set(RedisClusterHiredis_VERSION "${hiredis_VERSION}")
    endif()
  endif()
  foreach(_rediscluster_candidate hiredis::hiredis hiredis)
    if(TARGET ${_rediscluster_candidate})
      set(_rediscluster_hiredis_target ${_rediscluster_candidate})
      break()
    endif()
  endforeach()
  unset(_rediscluster_candidate)

  if(NOT _rediscluster_hiredis_target)
    find_package(PkgConfig QUIET)
    if(PkgConfig_FOUND)
      pkg_check_modules(_rediscluster_hiredis_pc QUIET hiredis)
      if(_rediscluster_hiredis_pc_FOUND)
        set(RedisClusterHiredis_VERSION "${_rediscluster_hiredis_pc_VERSION}")
      endif()
    endif()
    # hiredis.pc names the folder that holds hiredis.h itself: the one above it is wanted.
    set(_rediscluster_hiredis_hints "${_rediscluster_hiredis_pc_INCLUDEDIR}")
    foreach(_rediscluster_dir IN LISTS _rediscluster_hiredis_pc_INCLUDEDIR _rediscluster_hiredis_pc_INCLUDE_DIRS)
      get_filename_component(_rediscluster_parent "${_rediscluster_dir}" DIRECTORY)
      list(APPEND _rediscluster_hiredis_hints "${_rediscluster_parent}")
    endforeach()
    unset(_rediscluster_dir)
    unset(_rediscluster_parent)

    find_path(
      RedisClusterHiredis_INCLUDE_DIR hiredis/hiredis.h
      HINTS "${HIREDIS_ROOT}" "$ENV{HIREDIS_ROOT}" ${_rediscluster_hiredis_hints}
      PATH_SUFFIXES include)
    find_library(
      RedisClusterHiredis_LIBRARY hiredis
      HINTS "${HIREDIS_ROOT}" "$ENV{HIREDIS_ROOT}" ${_rediscluster_hiredis_pc_LIBDIR}
            ${_rediscluster_hiredis_pc_LIBRARY_DIRS}
      PATH_SUFFIXES lib)
    mark_as_advanced(RedisClusterHiredis_INCLUDE_DIR RedisClusterHiredis_LIBRARY)
    unset(_rediscluster_hiredis_hints)
  endif()
endif()

if(TARGET rediscluster::hiredis OR _rediscluster_hiredis_target)
  find_package_handle_standard_args(RedisClusterHiredis REASON_FAILURE_MESSAGE "" REQUIRED_VARS CMAKE_VERSION)
else()
  find_package_handle_standard_args(
    RedisClusterHiredis
    REQUIRED_VARS RedisClusterHiredis_LIBRARY RedisClusterHiredis_INCLUDE_DIR
    VERSION_VAR RedisClusterHiredis_VERSION
    REASON_FAILURE_MESSAGE
      "hiredis is needed, with its headers: install libhiredis-dev (Debian), hiredis-devel (Fedora) or hiredis (others).")
endif()

if(RedisClusterHiredis_FOUND AND NOT TARGET rediscluster::hiredis)
  add_library(rediscluster::hiredis INTERFACE IMPORTED)
  if(_rediscluster_hiredis_target)
    set_target_properties(rediscluster::hiredis PROPERTIES INTERFACE_LINK_LIBRARIES ${_rediscluster_hiredis_target})
  else()
    set_target_properties(
      rediscluster::hiredis PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${RedisClusterHiredis_INCLUDE_DIR}"
                                       INTERFACE_LINK_LIBRARIES "${RedisClusterHiredis_LIBRARY}")
  endif()
endif()
unset(_rediscluster_hiredis_target)
