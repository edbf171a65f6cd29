# Warnings are errors for those who work on the sources (CMakePresets.json), not for those who install: another compiler
# may see more. Sanitizers and coverage are switches that apply to every target alike.
add_library(barman_compile_options INTERFACE)
target_compile_options(barman_compile_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow
  # g++ 12 reports the first falsely for std::string (GCC bug 105329) and, when it optimizes, the second for
  # std::optional (80635) and the others for std::string again, once its header is precompiled.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
  "$<$<AND:$<CXX_COMPILER_ID:GNU>,$<NOT:$<CONFIG:Debug>>>:-Wno-maybe-uninitialized;-Wno-stringop-overflow;-Wno-array-bounds>"
  $<$<CXX_COMPILER_ID:Clang>:-Wno-sign-conversion>)  # part of its -Wconversion only
target_compile_definitions(barman_compile_options INTERFACE
  BARMAN_COMPATIBLE_VERSION="${BARMAN_COMPATIBLE_VERSION}"
  BARMAN_NATIVE_VERSION="${PROJECT_VERSION}")

# PostgreSQL starts a program for each WAL file: its code is to be small, and without what nobody calls.
add_compile_options($<$<NOT:$<CONFIG:Debug>>:-ffunction-sections> $<$<NOT:$<CONFIG:Debug>>:-fdata-sections>)
add_link_options($<$<NOT:$<CONFIG:Debug>>:-Wl,--gc-sections>)

# Where ccache is installed, what one build has compiled serves the next one, in another directory too. Precompiled headers
# need the last two lines: without them each object would look as if it depended on when and where they were made.
find_program(BARMAN_CCACHE ccache)
if(BARMAN_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros ${BARMAN_CCACHE})
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>
                      "$<$<CXX_COMPILER_ID:Clang>:SHELL:-Xclang -fno-pch-timestamp>")
endif()
# A debug build links thirty programs.
find_program(BARMAN_MOLD mold)
if(BARMAN_MOLD AND CMAKE_BUILD_TYPE STREQUAL Debug)
  add_link_options(-fuse-ld=mold)
endif()

if(BARMAN_SANITIZE)
  add_compile_options(-fsanitize=${BARMAN_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${BARMAN_SANITIZE})
endif()
if(BARMAN_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(BARMAN_COVERAGE)
  add_compile_options(-fprofile-instr-generate -fcoverage-mapping)
  add_link_options(-fprofile-instr-generate)
endif()
