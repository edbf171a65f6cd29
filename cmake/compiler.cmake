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

if(BARMAN_SANITIZE)
  add_compile_options(-fsanitize=${BARMAN_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${BARMAN_SANITIZE})
endif()
if(BARMAN_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(BARMAN_COVERAGE)
  add_compile_options(--coverage)
  add_link_options(--coverage)
endif()
