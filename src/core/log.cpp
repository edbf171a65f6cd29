#include "barman/core/log.h"

#include <fcntl.h>
#include <spdlog/details/log_msg.h>
#include <spdlog/formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <memory>
#include <mutex>

#include "barman/core/numbers.h"
#include "barman/core/redact.h"
#include "barman/core/text.h"
#include "barman/core/unique_fd.h"
#include "log_format.h"

namespace barman::log {

namespace {

constexpr std::string_view default_format = "%(asctime)s [%(process)s] %(name)s %(levelname)s: %(message)s";
constexpr std::size_t most_gathered = 64 * 1024;
constexpr int closed = static_cast<int>(Level::critical) + 1;

spdlog::level::level_enum to_spdlog(Level level) {
  constexpr spdlog::level::level_enum levels[] = {spdlog::level::debug, spdlog::level::info, spdlog::level::warn,
                                                  spdlog::level::err, spdlog::level::critical};
  return levels[static_cast<std::size_t>(level)];
}

Level from_spdlog(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::trace:
    case spdlog::level::debug:
      return Level::debug;
    case spdlog::level::info:
      return Level::info;
    case spdlog::level::warn:
      return Level::warning;
    case spdlog::level::err:
      return Level::error;
    default:
      return Level::critical;
  }
}

class PythonFormatter : public spdlog::formatter {
 public:
  explicit PythonFormatter(std::string_view format) : format_(format) {}

  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    const auto since_epoch = std::chrono::floor<std::chrono::microseconds>(message.time.time_since_epoch());
    std::string line = format_.apply({since_epoch.count(),
                                      message.thread_id,
                                      from_spdlog(message.level),
                                      {message.logger_name.data(), message.logger_name.size()},
                                      {message.payload.data(), message.payload.size()}});
    line += '\n';
    out.append(line.data(), line.data() + line.size());
  }

  std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<PythonFormatter>(*this); }

 private:
  Format format_;
};

// Appends each record with one write(), so that records of several processes do not mix, and follows the path when the
// file was renamed away. Without a path, or while the path cannot be opened, standard error takes the records.
class FileSink : public spdlog::sinks::base_sink<std::mutex> {
 public:
  FileSink(std::unique_ptr<spdlog::formatter> formatter, std::string path)
      : base_sink(std::move(formatter)), path_(std::move(path)) {
    reopen();
  }

  bool on_file() const { return static_cast<bool>(fd_); }

  void gather() {
    const std::lock_guard lock(mutex_);
    ++bursts_;
  }
  void write_gathered() {
    const std::lock_guard lock(mutex_);
    if (--bursts_ == 0) write_out();
  }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t text;
    formatter_->format(message, text);
    gathered_.append(text.data(), text.size());
    if (bursts_ == 0 || gathered_.size() >= most_gathered) write_out();
  }

  void flush_() override {}

 private:
  bool moved_away() const {
    struct stat status = {};
    if (!fd_ || ::stat(path_.c_str(), &status) != 0) return true;
    return status.st_dev != device_ || status.st_ino != inode_;
  }

  void reopen() {
    if (path_.empty()) return;
    UniqueFd fd(::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666));
    struct stat status = {};
    if (!fd || ::fstat(fd.get(), &status) != 0) return;
    fd_ = std::move(fd);
    device_ = status.st_dev;
    inode_ = status.st_ino;
  }

  // A log that cannot be written must not stop a backup: what cannot be written is lost.
  void write_out() {
    if (gathered_.empty()) return;
    if (!path_.empty() && moved_away()) reopen();
    const int fd = fd_ ? fd_.get() : STDERR_FILENO;
    for (std::string_view text = gathered_; !text.empty();) {
      const ssize_t written = ::write(fd, text.data(), text.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) break;
      text.remove_prefix(static_cast<std::size_t>(written));
    }
    gathered_.clear();
  }

  std::string path_;
  std::string gathered_;
  int bursts_ = 0;
  UniqueFd fd_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

std::shared_ptr<FileSink> sink;  // set by open(), before other threads start

std::string absolute(const std::string& file) {
  std::error_code ignored;
  const std::filesystem::path path = std::filesystem::absolute(file, ignored);
  std::filesystem::create_directories(path.parent_path(), ignored);  // opening the file reports it
  return path.string();
}

}  // namespace

namespace detail {

std::atomic<int> threshold{closed};

}  // namespace detail

std::optional<Level> parse_level(std::string_view text) {
  const std::string name = to_upper(trim(text));
  if (name == "NOTSET") return Level::debug;
  if (name == "WARN") return Level::warning;
  if (name == "FATAL") return Level::critical;
  for (const Level level : {Level::debug, Level::info, Level::warning, Level::error, Level::critical})
    if (name == level_name(level)) return level;
  const auto number = parse_decimal(name);
  if (!number) return std::nullopt;
  for (const Level level : {Level::debug, Level::info, Level::warning, Level::error})
    if (*number <= level_number(level)) return level;
  return Level::critical;
}

void open(const Settings& settings) {
  const std::string path = settings.file.empty() ? std::string() : absolute(settings.file);
  const std::string_view format = settings.format.empty() ? default_format : std::string_view(settings.format);
  sink = std::make_shared<FileSink>(std::make_unique<PythonFormatter>(format), path);
  set_level(settings.level);
  if (!path.empty() && !sink->on_file())
    write(Level::warning, "barman.utils", "Failed opening the requested log file. Using standard error instead.");
}

void set_level(Level level) { detail::threshold.store(static_cast<int>(level)); }

void write(Level level, std::string_view logger, std::string_view message) {
  if (!enabled(level) || !sink) return;
  const std::string text = redact_passwords(message);
  sink->log(spdlog::details::log_msg(spdlog::string_view_t(logger.data(), logger.size()), to_spdlog(level),
                                     spdlog::string_view_t(text.data(), text.size())));
}

Burst::Burst() {
  if (sink) sink->gather();
}
Burst::~Burst() {
  if (sink) sink->write_gathered();
}

}  // namespace barman::log
