# Packages come from Debian (scripts/install_packages.sh) and from pinned wheels
# (scripts/fetch_wheels.sh, into .deps/). docs/DEPENDENCIES.md says why each is here.
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(prometheus-cpp REQUIRED)
find_package(HWY REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)
find_library(OPENBLAS_LIBRARY openblas REQUIRED)

set(KASKAD_ARROW_ROOT ${CMAKE_SOURCE_DIR}/.deps/pyarrow CACHE PATH
    "Folder of the pyarrow wheel: include/, libarrow.so.*, libparquet.so.*")
function(kaskad_wheel_library target pattern)
  file(GLOB library ${KASKAD_ARROW_ROOT}/${pattern})
  if(NOT library)
    message(FATAL_ERROR "${pattern} not found in ${KASKAD_ARROW_ROOT}; run scripts/fetch_wheels.sh")
  endif()
  add_library(${target} SHARED IMPORTED)
  set_target_properties(${target} PROPERTIES
    IMPORTED_LOCATION ${library}
    INTERFACE_INCLUDE_DIRECTORIES ${KASKAD_ARROW_ROOT}/include)
endfunction()
kaskad_wheel_library(arrow "libarrow.so.*")
kaskad_wheel_library(parquet "libparquet.so.*")
set(CMAKE_BUILD_RPATH ${KASKAD_ARROW_ROOT})
