#include "global_options.h"

namespace barman::cli {

void declare(Options& options, GlobalOptions& values) {
  options.flag({"-v", "--version"}, values.version, "show the version and exit");
  options.value({"-c", "--config"}, values.config, "CONFIG",
                "configuration file (default: BARMAN_CONFIG_FILE, then the first of ~/.barman.conf, /etc/barman.conf, "
                "/etc/barman/barman.conf)");
  options.choice({"--color", "--colour"}, values.color, {"never", "always", "auto"},
                 "colours in the output (default: auto, on a terminal only)");
  options.choice({"--log-level"}, values.log_level, {"NOTSET", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"},
                 "level of the log file, instead of the configured one");
  options.flag({"-q", "--quiet"}, values.quiet, "print warnings and errors only");
  options.flag({"-d", "--debug"}, values.debug, "print debug messages too");
  options.choice({"-f", "--format"}, values.format, {"console", "json"}, "form of the output (default: console)");
}

}  // namespace barman::cli
