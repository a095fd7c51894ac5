# kaskad_library(NAME DEPS folder... LINK package...)
# One static library a folder, out of every .cc in it and one level below. DEPS repeats the arrows of ARCHITECTURE.md.
#
# KASKAD_PYTHON_FOLDERS: what the Python module is linked of. With KASKAD_PYTHON their objects are
# compiled once, to serve the programs and the module alike.
set(KASKAD_PYTHON_FOLDERS core kernels onnx log dataset counters model eval retrieval cooc ranking grid report)

# Sanitizer builds are not optimised, which halves their time to compile, but for the folders in whose
# loops their tests spend theirs. Kernels are then compiled without the checks of pointers, whose
# faults the address sanitizer sees anyway: one of their files took five minutes with them.
function(kaskad_sanitize_fast name)
  if(NOT KASKAD_SANITIZE OR NOT name MATCHES "^(kernels|eval|cooc|experiment|counters)$")
    return()
  endif()
  target_compile_options(kaskad_${name} PRIVATE -O1)
  if(name STREQUAL "kernels")
    target_compile_options(kaskad_kernels PRIVATE
      -fno-sanitize=null,alignment,object-size,pointer-overflow)
  endif()
endfunction()

function(kaskad_library name)
  cmake_parse_arguments(ARG "" "" "DEPS;LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *.cc */*.cc)
  list(TRANSFORM ARG_DEPS PREPEND kaskad_)
  if(NOT sources)
    add_library(kaskad_${name} INTERFACE)
    target_link_libraries(kaskad_${name} INTERFACE kaskad_options ${ARG_DEPS})
    return()
  endif()
  add_library(kaskad_${name} STATIC ${sources})
  if(KASKAD_FUZZ AND name IN_LIST KASKAD_FUZZED)
    target_compile_options(kaskad_${name} PRIVATE -fsanitize=fuzzer-no-link)
  endif()
  kaskad_sanitize_fast(${name})
  target_link_libraries(kaskad_${name} PUBLIC kaskad_options ${ARG_DEPS} PRIVATE ${ARG_LINK})
  if(KASKAD_PYTHON AND name IN_LIST KASKAD_PYTHON_FOLDERS)
    # Hidden, so that nothing goes through tables that only other libraries' symbols need.
    set_target_properties(kaskad_${name} PROPERTIES POSITION_INDEPENDENT_CODE ON
      CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  endif()
endfunction()
