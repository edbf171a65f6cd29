include(GNUInstallDirs)
install(PROGRAMS
  ${PROJECT_BINARY_DIR}/bin/barman ${PROJECT_BINARY_DIR}/bin/barman-wal-archive ${PROJECT_BINARY_DIR}/bin/barman-wal-restore
  DESTINATION ${CMAKE_INSTALL_BINDIR})
