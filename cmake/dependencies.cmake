# Everything comes from Debian packages; docs/dependencies.md gives the reason for each.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(BZip2 REQUIRED)
find_package(LibLZMA REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(pugixml REQUIRED)

pkg_check_modules(INIH REQUIRED IMPORTED_TARGET inih)
add_library(barman::inih ALIAS PkgConfig::INIH)

# Opened with dlopen when they are first used, so that a command that asks no server or store, and answers nobody, does not pay
# for loading them.
pkg_check_modules(LIBPQ REQUIRED libpq)
pkg_check_modules(LIBSSH REQUIRED libssh)
pkg_check_modules(LIBCURL REQUIRED libcurl)
pkg_check_modules(LIBMICROHTTPD REQUIRED libmicrohttpd)
pkg_check_modules(GNUTLS REQUIRED gnutls)

pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(LZ4 REQUIRED IMPORTED_TARGET liblz4)
pkg_check_modules(ISAL REQUIRED IMPORTED_TARGET libisal)
pkg_check_modules(LIBDEFLATE REQUIRED IMPORTED_TARGET libdeflate)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)
find_library(SNAPPY_LIBRARY snappy REQUIRED)
add_library(barman_codecs INTERFACE)
add_library(barman::codecs ALIAS barman_codecs)
target_link_libraries(barman_codecs INTERFACE
  ZLIB::ZLIB BZip2::BZip2 LibLZMA::LibLZMA PkgConfig::ZSTD PkgConfig::LZ4 PkgConfig::LIBDEFLATE ${SNAPPY_LIBRARY})
