// Visibility of the compiled part's symbols.
#pragma once

// The library is built with hidden visibility: what is marked here is its binary interface. Exceptions are marked too,
// so that one thrown in the shared library is caught in the program.
#if defined(__GNUC__)
#define REDISCLUSTER_API __attribute__((visibility("default")))
#else
#define REDISCLUSTER_API
#endif
