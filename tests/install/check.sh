#!/bin/bash
# One test of the installed package: see CMakeLists.txt, which names the variants and sets the environment.
set -euo pipefail

variant=$1
prefix=$WORK_DIR/prefix
work=$WORK_DIR/$variant
consumer=$SOURCE_DIR/tests/install/consumer
export CMAKE_BUILD_PARALLEL_LEVEL=${CMAKE_BUILD_PARALLEL_LEVEL:-2}

fail() {
  echo "$variant: $*" >&2
  exit 1
}

# Configures the consumer with the given options, from nothing.
configure_consumer() {
  rm -rf "$work"
  "$CMAKE" -S "$consumer" -B "$work" -G "$GENERATOR" -DCMAKE_CXX_COMPILER="$CXX" "$@"
}

build_consumer() {
  configure_consumer "$@"
  "$CMAKE" --build "$work"
}

find_package=(-DVARIANT=find_package -DCMAKE_PREFIX_PATH="$prefix")

# find_package must find only what was just installed.
build_with_find_package() {
  build_consumer "${find_package[@]}" "$@"
  grep -q "^rediscluster_DIR:PATH=$prefix/" "$work/CMakeCache.txt" || fail "another package was found"
}

links_shared_library() {
  readelf -d "$1" | grep -q 'NEEDED.*librediscluster\.so\.[0-9]*\.[0-9]*\]'
}

links_hiredis() {
  readelf -d "$1" | grep -q 'NEEDED.*libhiredis'
}

links_openssl() {
  readelf -d "$1" | grep -q 'NEEDED.*lib\(ssl\|crypto\)'
}

# A library exports nothing but its own namespace.
check_exported() {
  local exported foreign
  exported=$(nm -D --defined-only --format=posix "$1" | awk '{print $1}')
  foreign=$(grep -vE '^_Z(N|NK|GVN|T[ISV]N|T[hv].*_NK?)12rediscluster' <<<"$exported" | c++filt || true)
  [[ -z $foreign ]] || fail "exports symbols that are not its own: $foreign"
  echo "$(wc -l <<<"$exported") symbols"
}

case $variant in
  prefix)
    rm -rf "$prefix"
    "$CMAKE" --install "$BUILD_DIR" --prefix "$prefix"
    ;;

  find_package_shared)
    # hiredis must not be needed to build with the shared library: here it cannot be found.
    build_with_find_package -DCMAKE_DISABLE_FIND_PACKAGE_RedisClusterHiredis=ON
    links_shared_library "$work/consumer" || fail "the consumer does not use the shared library"
    ! links_hiredis "$work/consumer" || fail "the consumer itself is linked to hiredis"
    "$work/consumer"
    ;;

  find_package_static)
    build_with_find_package -DCONSUMER_COMPONENTS=static
    ! links_shared_library "$work/consumer" || fail "the consumer uses the shared library"
    "$work/consumer"
    ;;

  find_package_testing)
    for kind in shared static; do
      build_with_find_package -DCONSUMER_COMPONENTS="$kind;testing"
      "$work/consumer"
      "$work/testing_consumer"
    done
    ;;

  find_package_tls)
    # Only the static libraries need OpenSSL to build with, and the core never does.
    build_with_find_package -DCONSUMER_COMPONENTS="shared;tls" -DCMAKE_DISABLE_FIND_PACKAGE_OpenSSL=ON \
      -DCMAKE_DISABLE_FIND_PACKAGE_RedisClusterHiredis=ON
    "$work/tls_consumer"
    ! links_openssl "$work/tls_consumer" || fail "the consumer itself is linked to OpenSSL"
    links_openssl "$prefix/$LIBDIR/librediscluster_tls.so" || fail "the library for TLS is not linked to OpenSSL"
    ! links_openssl "$prefix/$LIBDIR/librediscluster.so" || fail "the core is linked to OpenSSL"
    readelf -d "$prefix/$LIBDIR/librediscluster_tls.so" |
      grep -q 'SONAME.*librediscluster_tls\.so\.[0-9]*\.[0-9]*\]' || fail "no SONAME per minor release"
    check_exported "$prefix/$LIBDIR/librediscluster_tls.so"
    build_with_find_package -DCONSUMER_COMPONENTS="static;tls"
    "$work/tls_consumer"
    ! links_shared_library "$work/tls_consumer" || fail "the consumer uses the shared library"
    links_openssl "$work/tls_consumer" || fail "the consumer is not linked to OpenSSL"
    ;;

  pkg_config_tls)
    export PKG_CONFIG_PATH=$prefix/$LIBDIR/pkgconfig
    mkdir -p "$work"
    read -ra flags <<<"$(pkg-config --cflags --libs rediscluster-tls)"
    "$CXX" -std=c++20 "$consumer/tls_consumer.cpp" -o "$work/shared" "${flags[@]}" "-Wl,-rpath,$prefix/$LIBDIR"
    "$work/shared"
    read -ra flags <<<"$(pkg-config --static --cflags --libs rediscluster-tls)"
    flags=("${flags[@]/#-lrediscluster_tls/-l:librediscluster_tls.a}")
    flags=("${flags[@]/%-lrediscluster/-l:librediscluster.a}")
    "$CXX" -std=c++20 "$consumer/tls_consumer.cpp" -o "$work/static" "${flags[@]}"
    ! links_shared_library "$work/static" || fail "the consumer uses the shared library"
    "$work/static"
    ;;

  find_package_version)
    version=$(sed -n 's/^Version: //p' "$prefix/$LIBDIR/pkgconfig/rediscluster.pc")
    IFS=. read -r major minor patch <<<"$version"
    build_with_find_package -DCONSUMER_VERSION="$major.$minor"
    [[ $("$work/consumer" --version) == "$version" ]] || fail "headers and package differ in version"
    for wrong in "$major.$((minor + 1))" "$((major + 1)).0" "$major.$minor.$((patch + 1))"; do
      if configure_consumer "${find_package[@]}" -DCONSUMER_VERSION="$wrong" >"$WORK_DIR/$variant.log" 2>&1; then
        fail "version $version satisfies a demand for $wrong"
      fi
    done
    if configure_consumer "${find_package[@]}" -DCONSUMER_COMPONENTS=nonsense >"$WORK_DIR/$variant.log" 2>&1; then
      fail "a component that does not exist was found"
    fi
    grep -q nonsense "$WORK_DIR/$variant.log" || fail "the component that is missing is not named"
    ;;

  pkg_config_*)
    export PKG_CONFIG_PATH=$prefix/$LIBDIR/pkgconfig
    mkdir -p "$work"
    read -ra cflags <<<"$(pkg-config --cflags rediscluster)"
    [[ "${cflags[*]}" == "-I$prefix/include" ]] || fail "more than our own folder in Cflags: ${cflags[*]}"
    if [[ $variant == *_static ]]; then
      read -ra libs <<<"$(pkg-config --static --libs rediscluster)"
      # As is usual with both kinds in one folder, -Bstatic is the user's to say.
      libs=("${libs[@]/#-lrediscluster/-l:librediscluster.a}")
    else
      read -ra libs <<<"$(pkg-config --libs rediscluster)"
      libs+=("-Wl,-rpath,$prefix/$LIBDIR")
    fi
    "$CXX" -std=c++20 "${cflags[@]}" "$consumer/consumer.cpp" -o "$work/consumer" "${libs[@]}"
    if [[ $variant == *_static ]]; then
      ! links_shared_library "$work/consumer" || fail "the consumer uses the shared library"
    else
      links_shared_library "$work/consumer" || fail "the consumer does not use the shared library"
    fi
    "$work/consumer"
    ;;

  add_subdirectory)
    build_consumer -DVARIANT=add_subdirectory -DREDISCLUSTER_SOURCE_DIR="$SOURCE_DIR"
    ! links_shared_library "$work/consumer" || fail "the consumer uses the shared library"
    "$work/consumer"
    built=$(find "$work" -name '*_tests' -o -name quickstart -o -name 'librediscluster.so*')
    [[ -z $built ]] || fail "built though nobody asked for it: $built"
    ;;

  fetch_content)
    build_consumer -DVARIANT=fetch_content -DREDISCLUSTER_SOURCE_DIR="$SOURCE_DIR" -DBUILD_SHARED_LIBS=ON
    links_shared_library "$work/consumer" || fail "the consumer does not use the shared library"
    "$work/consumer"
    ;;

  headers)
    # Each by itself, under strict warnings, including nothing of hiredis, of src/ or of what is slow to compile.
    strict=(-std=c++20 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror "-I$prefix/include")
    mkdir -p "$work"
    count=0
    while IFS= read -r header; do
      name=${header#"$prefix/include/"}
      echo "#include <$name>" >"$work/header.cpp"
      "$CXX" "${strict[@]}" -fsyntax-only -MD -MF "$work/header.d" "$work/header.cpp" || fail "<$name> does not compile by itself"
      dependencies=$(<"$work/header.d")
      ! grep -i 'hiredis/' <<<"$dependencies" || fail "<$name> includes hiredis"
      ! grep -F "$SOURCE_DIR/" <<<"${dependencies//"$WORK_DIR"/}" || fail "<$name> includes something of the source tree"
      ! grep -nE '#include <(future|iostream|regex|thread|mutex|hiredis/.*)>' "$header" || fail "<$name> includes what it must not"
      count=$((count + 1))
    done < <(find "$prefix/include" -name '*.h')
    ((count > 10)) || fail "only $count headers installed"
    echo "$count headers"
    ;;

  symbols)
    library=$prefix/$LIBDIR/librediscluster.so
    check_exported "$library"
    exported=$(nm -D --defined-only --format=posix "$library" | awk '{print $1}' | c++filt)
    grep -q '^typeinfo for rediscluster::.*DataError$' <<<"$exported" || fail "DataError is not exported"
    readelf -d "$library" | grep -q 'SONAME.*librediscluster\.so\.[0-9]*\.[0-9]*\]' || fail "no SONAME per minor release"
    ;;

  *) fail "no such variant" ;;
esac
