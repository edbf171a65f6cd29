include(GNUInstallDirs)
install(PROGRAMS
  ${PROJECT_BINARY_DIR}/bin/barman ${PROJECT_BINARY_DIR}/bin/barman-wal-archive ${PROJECT_BINARY_DIR}/bin/barman-wal-restore
  ${PROJECT_BINARY_DIR}/bin/barman-gatekeeper
  DESTINATION ${CMAKE_INSTALL_BINDIR})
# Samples, for the administrator to copy: an installation never touches a configuration or cron table that is in use.
install(DIRECTORY etc/ packaging/cron.d packaging/logrotate.d packaging/postgresql DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
install(FILES README.md CHANGELOG.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY ${BARMAN_MANUAL}/ DESTINATION ${CMAKE_INSTALL_DATADIR})
