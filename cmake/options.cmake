option(KASKAD_TESTS "Build the tests" ON)
option(KASKAD_TRAIN "Build training (libtorch): kaskad-train and its tests" ON)
option(KASKAD_GRPC "Serve over gRPC, too (libgrpc++)" ON)
option(KASKAD_KAFKA "Take events from Kafka, too (librdkafka)" OFF)
option(KASKAD_CUDA "Train on GPUs, with NCCL: KASKAD_TORCH_ROOT must be a libtorch with CUDA" OFF)
option(KASKAD_PYTHON "Build the module of the Python package (nanobind)" OFF)
option(KASKAD_BENCH "Build the benchmarks" OFF)
set(KASKAD_SANITIZE "" CACHE STRING "Sanitizers to build with, as -fsanitize= takes them")
option(KASKAD_FUZZ "Build the fuzz targets (clang)" OFF)

# -DCMAKE_UNITY_BUILD=ON compiles the files of a folder together, as CI does it: a fifth of the work
# of a whole build, a third of which is reading headers still, and more for one changed file. Names in anonymous namespaces
# are therefore unique within a folder.
set(CMAKE_UNITY_BUILD_BATCH_SIZE 36)

add_library(kaskad_options INTERFACE)
target_compile_options(kaskad_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow)
target_include_directories(kaskad_options INTERFACE ${CMAKE_SOURCE_DIR})

if(KASKAD_SANITIZE)
  # A finding ends the process, so that a test cannot pass over it.
  add_compile_options(-fsanitize=${KASKAD_SANITIZE} -fno-sanitize-recover=all
    -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${KASKAD_SANITIZE})
  # The baseline and one of wide vectors: the release build tests every target.
  add_compile_definitions("HWY_DISABLED_TARGETS=(HWY_SSSE3|HWY_SSE4|HWY_AVX3|HWY_AVX3_DL)")
endif()

if(KASKAD_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "KASKAD_FUZZ needs clang, this is ${CMAKE_CXX_COMPILER_ID}; use the asan preset")
  endif()
  # What the targets of tests/fuzz read with; counting its branches takes a fifth of the compiler's
  # time, so that the rest goes without.
  set(KASKAD_FUZZED core log dataset state onnx counters experiment doctor grid cascade ranking
    server grpc)
endif()

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # The sloppiness lets it keep what is compiled with a precompiled header, too.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
    CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
endif()

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # gcc 12 reports these falsely inside its own std::string (gcc bug 105329).
  target_compile_options(kaskad_options INTERFACE -Wno-restrict -Wno-stringop-overflow)
endif()
