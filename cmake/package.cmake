# `make deb`: a Debian package of the program, the systemd unit of ops/ and the libraries that Debian
# lacks, which go to /usr/lib/kaskad. What Debian has becomes Depends, as dpkg-shlibdeps finds it.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)  # nothing but what is packed

# Relative, so that the package runs where it was unpacked, too (scripts/check_deb.sh).
set_target_properties(kaskad PROPERTIES INSTALL_RPATH "\$ORIGIN/../lib/kaskad")
install(TARGETS kaskad RUNTIME DESTINATION bin)
foreach(library arrow parquet onnxruntime)
  get_target_property(location ${library} IMPORTED_LOCATION)
  get_filename_component(name ${location} NAME)  # its soname
  file(REAL_PATH ${location} real)
  install(FILES ${real} DESTINATION lib/kaskad RENAME ${name})
endforeach()

file(READ ops/systemd/kaskad.service unit)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ops/systemd/kaskad.service)
string(REPLACE "/opt/kaskad/bin/kaskad" "/usr/bin/kaskad" unit "${unit}")
file(WRITE ${CMAKE_BINARY_DIR}/package/kaskad.service "${unit}")
install(FILES ${CMAKE_BINARY_DIR}/package/kaskad.service DESTINATION lib/systemd/system)
install(FILES LICENSE DESTINATION share/doc/kaskad RENAME copyright)
install(FILES README.md CHANGELOG.md DESTINATION share/doc/kaskad)
install(DIRECTORY docs ops DESTINATION share/doc/kaskad)

# systemd reads the new unit; nothing is started: there are no models yet.
file(WRITE ${CMAKE_BINARY_DIR}/package/postinst "#!/bin/sh
set -e
if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
")
file(WRITE ${CMAKE_BINARY_DIR}/package/prerm "#!/bin/sh
set -e
if [ -d /run/systemd/system ] && [ \"$1\" = remove ]; then systemctl --no-reload disable --now kaskad.service; fi
")
file(CHMOD ${CMAKE_BINARY_DIR}/package/postinst ${CMAKE_BINARY_DIR}/package/prerm
  FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ
  WORLD_EXECUTE)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME kaskad)
set(CPACK_PACKAGE_VENDOR kaskad)
set(CPACK_PACKAGE_CONTACT "the kaskad authors <kaskad@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "recommendations and search: says what wins on a log, and serves it")
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION database)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${KASKAD_ARROW_ROOT} ${KASKAD_ORT_ROOT}/lib)
set(CPACK_DEBIAN_PACKAGE_DEPENDS procps)  # /bin/kill, by which the unit reloads
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS redis-server)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${CMAKE_BINARY_DIR}/package/postinst
  ${CMAKE_BINARY_DIR}/package/prerm)
include(CPack)
