include(GNUInstallDirs)
install(PROGRAMS
  ${PROJECT_BINARY_DIR}/bin/barman ${PROJECT_BINARY_DIR}/bin/barman-wal-archive ${PROJECT_BINARY_DIR}/bin/barman-wal-restore
  ${PROJECT_BINARY_DIR}/bin/barman-gatekeeper ${PROJECT_BINARY_DIR}/bin/barman-cloud
  DESTINATION ${CMAKE_INSTALL_BINDIR})
list(TRANSFORM BARMAN_CLOUD_PROGRAMS PREPEND ${PROJECT_BINARY_DIR}/bin/ OUTPUT_VARIABLE cloud_links)
install(FILES ${cloud_links} DESTINATION ${CMAKE_INSTALL_BINDIR}) # as the links that they are
# Samples, for the administrator to copy: an installation never touches a configuration or cron table that is in use.
install(DIRECTORY etc/ packaging/cron.d packaging/logrotate.d packaging/postgresql packaging/grafana
  packaging/prometheus packaging/zabbix DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
install(FILES README.md CHANGELOG.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY ${BARMAN_MANUAL}/ DESTINATION ${CMAKE_INSTALL_DATADIR})

# What makes a package of it, with /usr as its prefix: "cmake --install BUILD --component system". The samples are laid out as
# in /etc, for a package to copy from.
set(system COMPONENT system EXCLUDE_FROM_ALL)
install(DIRECTORY packaging/systemd/ DESTINATION lib/systemd/system ${system})
install(DIRECTORY packaging/sysusers.d packaging/tmpfiles.d DESTINATION lib ${system})
install(DIRECTORY packaging/polkit/ DESTINATION ${CMAKE_INSTALL_DATADIR}/polkit-1/rules.d ${system})
install(DIRECTORY etc/ packaging/cron.d packaging/logrotate.d DESTINATION ${CMAKE_INSTALL_DATADIR}/barman/samples ${system})
