# kaskad_embed_files(TARGET files...): compiles the texts into TARGET, where
# kaskad::embedded_files() (kaskad/server/embedded_files.h) returns them. Done at configure time;
# an edited file configures again.
function(kaskad_embed_files target)
  set(entries "")
  foreach(path ${ARGN})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${path})
    get_filename_component(name ${path} NAME)
    file(READ ${path} content)
    string(APPEND entries "    {\"${name}\", R\"kaskad~(${content})kaskad~\"},\n")
  endforeach()
  set(text "// Written by cmake/embed_files.cmake.
#include \"kaskad/server/embedded_files.h\"

namespace kaskad {

std::span<const EmbeddedFile> embedded_files() {
  static constexpr EmbeddedFile kFiles[] = {
${entries}  };
  return kFiles;
}

}  // namespace kaskad
")
  # Written only when it differs, so that an unchanged text compiles nothing again.
  set(output ${CMAKE_CURRENT_BINARY_DIR}/embedded_files.cc)
  set(before "")
  if(EXISTS ${output})
    file(READ ${output} before)
  endif()
  if(NOT before STREQUAL text)
    file(WRITE ${output} "${text}")
  endif()
  target_sources(${target} PRIVATE ${output})
endfunction()
