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
pkg_check_modules(HIREDIS REQUIRED IMPORTED_TARGET hiredis)
find_library(OPENBLAS_LIBRARY openblas REQUIRED)

find_library(FAISS_LIBRARY faiss REQUIRED)
find_library(XGBOOST_LIBRARY xgboost REQUIRED)
find_library(ROCKSDB_LIBRARY rocksdb REQUIRED)

if(KASKAD_GRPC)
  find_program(PROTOC protoc REQUIRED)
  find_program(GRPC_PLUGIN grpc_cpp_plugin REQUIRED)
  add_library(grpc INTERFACE)  # what these need they name themselves
  foreach(library grpc++ grpc++_reflection grpc gpr protobuf absl_synchronization)
    find_library(GRPC_LIBRARY_${library} ${library} REQUIRED)
    target_link_libraries(grpc INTERFACE ${GRPC_LIBRARY_${library}})
  endforeach()
endif()

if(KASKAD_KAFKA)
  pkg_check_modules(RDKAFKA REQUIRED IMPORTED_TARGET rdkafka)
endif()

# kaskad_shared_library(TARGET ROOT PATTERN INCLUDE...): one library of a fetched package; its
# folder goes into the run path of what is built.
function(kaskad_shared_library target root pattern)
  file(GLOB library ${root}/${pattern})
  if(NOT library)
    message(FATAL_ERROR "${pattern} not found in ${root}; run scripts/fetch_wheels.sh --train")
  endif()
  list(GET library 0 library)
  add_library(${target} SHARED IMPORTED GLOBAL)
  set_target_properties(${target} PROPERTIES IMPORTED_LOCATION ${library})
  target_include_directories(${target} SYSTEM INTERFACE ${ARGN})
endfunction()

set(KASKAD_ARROW_ROOT ${CMAKE_SOURCE_DIR}/.deps/pyarrow CACHE PATH
    "Folder of the pyarrow wheel: include/, libarrow.so.*, libparquet.so.*")
kaskad_shared_library(arrow ${KASKAD_ARROW_ROOT} "libarrow.so.*" ${KASKAD_ARROW_ROOT}/include)
kaskad_shared_library(parquet ${KASKAD_ARROW_ROOT} "libparquet.so.*" ${KASKAD_ARROW_ROOT}/include)

set(KASKAD_ORT_ROOT ${CMAKE_SOURCE_DIR}/.deps/onnxruntime CACHE PATH
    "Folder of ONNX Runtime as its release archive unpacks: include/, lib/")
if(SKBUILD)
  # PyPI's wheel of ONNX Runtime holds the library under its full version, not under its soname. What
  # is linked with this stand-in of the one symbol that is used asks for that name at run time.
  file(GLOB ORT_LIBRARY ${KASKAD_ORT_ROOT}/lib/libonnxruntime.so.1.*)
  string(REGEX REPLACE ".*libonnxruntime\\.so\\." "" ORT_VERSION "${ORT_LIBRARY}")
  set(ort_stand_in ${CMAKE_BINARY_DIR}/onnxruntime_stand_in.cc)
  file(CONFIGURE OUTPUT ${ort_stand_in}
    CONTENT "extern \"C\" const void* OrtGetApiBase() { return nullptr; }\n")
  add_library(onnxruntime SHARED ${ort_stand_in})
  set_target_properties(onnxruntime PROPERTIES VERSION ${ORT_VERSION} SOVERSION ${ORT_VERSION})
  target_include_directories(onnxruntime SYSTEM INTERFACE ${KASKAD_ORT_ROOT}/include)
else()
  kaskad_shared_library(onnxruntime ${KASKAD_ORT_ROOT} "lib/libonnxruntime.so.1"
    ${KASKAD_ORT_ROOT}/include)
endif()

# kaskad_torch_version(NAME): "2.15.0", as the headers of libtorch say; they have had two places.
function(kaskad_torch_version name)
  foreach(header torch/headeronly/version.h torch/csrc/api/include/torch/version.h)
    if(EXISTS ${KASKAD_TORCH_ROOT}/include/${header})
      file(STRINGS ${KASKAD_TORCH_ROOT}/include/${header} lines
        REGEX "define TORCH_VERSION_(MAJOR|MINOR|PATCH) [0-9]+")
      if(lines)
        list(TRANSFORM lines REPLACE ".* " "")
        list(JOIN lines "." version)
        set(${name} ${version} PARENT_SCOPE)
        return()
      endif()
    endif()
  endforeach()
  message(FATAL_ERROR "${KASKAD_TORCH_ROOT}/include: found no version of torch, expected one in "
    "torch/headeronly/version.h or torch/csrc/api/include/torch/version.h")
endfunction()

# libtorch: the wheel, an unpacked release archive, a Python installation's torch/ folder, or
# Debian's libtorch-dev (-DKASKAD_TORCH_ROOT=/usr).
if(KASKAD_TRAIN)
  set(KASKAD_TORCH_ROOT ${CMAKE_SOURCE_DIR}/.deps/torch CACHE PATH
      "Folder of libtorch: include/, lib/")
  set(TORCH_INCLUDES ${KASKAD_TORCH_ROOT}/include
    ${KASKAD_TORCH_ROOT}/include/torch/csrc/api/include)
  set(TORCH_FOLDER "lib")
  if(NOT EXISTS ${KASKAD_TORCH_ROOT}/lib/libtorch_cpu.so)
    set(TORCH_FOLDER "lib/*-linux-gnu")  # Debian
  endif()
  kaskad_shared_library(torch ${KASKAD_TORCH_ROOT} "${TORCH_FOLDER}/libtorch_cpu.so"
    ${TORCH_INCLUDES})
  kaskad_shared_library(c10 ${KASKAD_TORCH_ROOT} "${TORCH_FOLDER}/libc10.so" ${TORCH_INCLUDES})
  target_link_libraries(torch INTERFACE c10)
  kaskad_torch_version(TORCH_VERSION)
  if(KASKAD_CUDA)  # -DCUDA_INCLUDES=DIR -DNCCL_INCLUDES=DIR where they lie elsewhere
    find_path(CUDA_INCLUDES cuda_runtime_api.h REQUIRED PATHS /usr/local/cuda/include)
    find_path(NCCL_INCLUDES nccl.h REQUIRED)
    kaskad_shared_library(torch_cuda ${KASKAD_TORCH_ROOT} "lib*/libtorch_cuda.so" ${CUDA_INCLUDES}
      ${NCCL_INCLUDES})
    kaskad_shared_library(c10_cuda ${KASKAD_TORCH_ROOT} "lib*/libc10_cuda.so" ${CUDA_INCLUDES})
    target_link_libraries(torch INTERFACE torch_cuda c10_cuda)
  endif()
endif()

# Only the folders of libraries that are linked; Debian's are found anyway.
set(CMAKE_BUILD_RPATH ${KASKAD_ARROW_ROOT} ${KASKAD_ORT_ROOT}/lib ${KASKAD_TORCH_ROOT}/lib)
