# barman_headers(<group> <header>...): headers that the compiler reads once for all targets which reuse barman_<group>_headers.
# Their sources include what they use all the same, and compile with CMAKE_DISABLE_PRECOMPILE_HEADERS=ON too.
function(barman_headers group)
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/${group}_headers.cpp CONTENT "// nothing but the headers\n")
  add_library(barman_${group}_headers OBJECT ${PROJECT_BINARY_DIR}/${group}_headers.cpp)
  target_link_libraries(barman_${group}_headers PRIVATE fmt::fmt barman_compile_options)
  target_precompile_headers(barman_${group}_headers PRIVATE
    <algorithm> <chrono> <functional> <map> <memory> <optional> <set> <string> <string_view> <vector> <fmt/core.h> ${ARGN})
endfunction()
barman_headers(layer)

# For a layer that runs once in a short-lived program, or waits for others: its code takes more memory with -O2, and no row
# of scripts/bench less time. A precompiled header serves code compiled with the same options only.
set(barman_small_code $<$<NOT:$<CONFIG:Debug>>:-Os>)
barman_headers(small_layer)
target_compile_options(barman_small_layer_headers PRIVATE ${barman_small_code})

# barman_layer(<name> [SMALL] [USES <layer>...] [HIDES <layer>...] [LIBRARIES <lib>...] [PRIVATE_LIBRARIES <lib>...]
#              [PRIVATE_HEADERS <dir>...])
#
# One static library per folder of src/. Its public headers are include/barman/<name>/; each layer has an include
# directory of its own, holding nothing but a link to that folder, so that including a layer that is not in USES
# does not compile. What is named after HIDES may be included here, but not by those who use this layer. SMALL: the
# compiler is to save space.
function(barman_layer name)
  cmake_parse_arguments(LAYER "SMALL" "" "USES;HIDES;LIBRARIES;PRIVATE_LIBRARIES;PRIVATE_HEADERS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.cpp)
  set(exported ${PROJECT_BINARY_DIR}/layers/${name})
  file(MAKE_DIRECTORY ${exported}/barman)
  file(CREATE_LINK ${PROJECT_SOURCE_DIR}/include/barman/${name} ${exported}/barman/${name} SYMBOLIC)
  set(uses ${LAYER_USES})
  list(TRANSFORM uses PREPEND barman_)
  set(hides ${LAYER_HIDES})
  list(TRANSFORM hides PREPEND barman_)
  if(sources)
    add_library(barman_${name} STATIC ${sources})
    target_include_directories(barman_${name} PUBLIC ${exported} PRIVATE ${PROJECT_SOURCE_DIR}/src/${name})
    target_include_directories(barman_${name} SYSTEM PRIVATE ${LAYER_PRIVATE_HEADERS})
    target_link_libraries(barman_${name}
      PUBLIC ${uses} ${LAYER_LIBRARIES}
      PRIVATE ${hides} ${LAYER_PRIVATE_LIBRARIES} barman_compile_options)
    set_target_properties(barman_${name} PROPERTIES BARMAN_HIDES "${hides}")  # for its unit tests
    if(LAYER_SMALL)
      target_compile_options(barman_${name} PRIVATE ${barman_small_code})
      target_precompile_headers(barman_${name} REUSE_FROM barman_small_layer_headers)
    else()
      target_precompile_headers(barman_${name} REUSE_FROM barman_layer_headers)
    endif()
  else()
    add_library(barman_${name} INTERFACE)
    target_include_directories(barman_${name} INTERFACE ${exported})
    target_link_libraries(barman_${name} INTERFACE ${uses} ${LAYER_LIBRARIES})
  endif()
endfunction()

# barman_program(<name> <source> <layer>...): a thin main over the layers.
function(barman_program name source)
  if(NOT EXISTS ${PROJECT_SOURCE_DIR}/${source})
    return()
  endif()
  add_executable(${name} ${source})
  set(layers ${ARGN})
  list(TRANSFORM layers PREPEND barman_)
  target_link_libraries(${name} PRIVATE ${layers} barman_compile_options)
endfunction()

# barman_links(<program> <name>...): other names of a program, beside it.
function(barman_links program)
  foreach(name IN LISTS ARGN)
    add_custom_command(TARGET ${program} POST_BUILD
      COMMAND ${CMAKE_COMMAND} -E create_symlink ${program} ${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/${name})
  endforeach()
endfunction()
