#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "barman/report/notifier.h"

namespace barman::fakes {

// Remembers what was reported: all of it with the channel in front ("info: ..."), and by channel.
class RecordingNotifier : public Notifier {
 public:
  void info(std::string_view text, Logged = Logged::yes) override { note("info", text, infos); }
  void warning(std::string_view text, Logged = Logged::yes) override { note("warning", text, warnings); }
  void error(std::string_view text, Logged = Logged::yes) override { note("error", text, errors); }
  void debug(std::string_view) override {}

  std::vector<std::string> lines, infos, warnings, errors;

 private:
  void note(std::string_view channel, std::string_view text, std::vector<std::string>& texts) {
    lines.push_back(std::string(channel) + ": " + std::string(text));
    texts.emplace_back(text);
  }
};

}  // namespace barman::fakes
