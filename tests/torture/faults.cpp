// Preloaded into the programs under test: counts the calls that change something below one directory, and disturbs the
// chosen one. What it does comes from the environment:
//   FAULT_ROOT    the directory; an absolute path without symbolic links
//   FAULT_STATE   a file of sizeof(faults::State) zeros, shared by all processes of the run
//   FAULT_AT      the number of the call to disturb, from 1; 0 only counts
//   FAULT_HOW     kill: this process dies; a write has written half of its bytes
//                 power: every process dies; what was not synced is then lost (power_cut.cpp)
//                 ENOSPC, EIO, ...: the call fails so; with FAULT_LASTS=1 all later ones too
//   FAULT_CALLS   only these are counted, for example write,fsync (default: all of them)
//   FAULT_PROGRAM only calls of the program of this name are counted (default: any)
//   FAULT_FULL    1: the disk has only FAULT_ROOM bytes and FAULT_FILES inodes left (default: none), besides: whatever
//                 needs more fails with ENOSPC until something has been removed. Blocks of 4 KiB; a name alone needs
//                 nothing. What is left in the end is in FAULT_STATE
//   FAULT_JOURNAL a directory for the journal of a power cut; on the file system of FAULT_ROOT, outside of it
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <unordered_map>

#include "fault_state.h"

#define EXPORT extern "C" __attribute__((visibility("default")))

namespace {

using faults::State;

template <typename Function>
Function real(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}
#define REAL(name) (real<decltype(&::name)>(#name))

// The wrapped functions call each other inside libc and in here; only the outermost call counts.
thread_local int depth = 0;
struct Inside {
  Inside() { ++depth; }
  ~Inside() { --depth; }
};

struct Settings {
  std::string root, how, calls, journal;
  std::uint64_t at = 0;
  int error = 0;
  bool lasts = false, counts = false, full = false;
  State* state = nullptr;
  int journal_fd = -1;
};

int error_named(std::string_view name) {
  static const std::unordered_map<std::string_view, int> known{
      {"ENOSPC", ENOSPC}, {"EIO", EIO},     {"EDQUOT", EDQUOT}, {"EMFILE", EMFILE}, {"EROFS", EROFS},
      {"EACCES", EACCES}, {"EPERM", EPERM}, {"EINVAL", EINVAL}, {"ENOSYS", ENOSYS}};
  const auto found = known.find(name);
  return found == known.end() ? 0 : found->second;
}

[[noreturn]] void give_up(const char* what) {
  ::dprintf(2, "faults: %s: %s\n", what, std::strerror(errno));
  ::_exit(99);
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

void register_process(State& state) {
  for (std::size_t slot = 0; slot < faults::most_processes; ++slot) {
    pid_t nobody = 0;
    if (__atomic_compare_exchange_n(&state.process[slot], &nobody, ::getpid(), false, __ATOMIC_SEQ_CST,
                                    __ATOMIC_SEQ_CST))
      return;
    if (nobody == ::getpid()) return;  // it was here before it became another program
  }
  give_up("too many processes");
}

Settings* settings = nullptr;

void initialise_lock(State& state) {
  // The first process comes alone: it is the command under test.
  if (__atomic_exchange_n(&state.ready, 1, __ATOMIC_SEQ_CST) != 0) return;
  pthread_mutexattr_t attributes;
  ::pthread_mutexattr_init(&attributes);
  ::pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  ::pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  ::pthread_mutex_init(&state.lock, &attributes);
  state.free_bytes = std::strtoll(variable("FAULT_ROOM").c_str(), nullptr, 10);
  state.free_files = std::strtoll(variable("FAULT_FILES").c_str(), nullptr, 10);
}

__attribute__((constructor)) void start() {
  const std::string root = variable("FAULT_ROOT"), state_path = variable("FAULT_STATE");
  if (root.empty() || state_path.empty()) return;
  const Inside inside;
  static Settings made;
  made.root = root;
  made.how = variable("FAULT_HOW");
  made.calls = variable("FAULT_CALLS");
  made.journal = variable("FAULT_JOURNAL");
  made.at = std::strtoull(variable("FAULT_AT").c_str(), nullptr, 10);
  made.error = error_named(made.how);
  made.lasts = variable("FAULT_LASTS") == "1";
  made.full = variable("FAULT_FULL") == "1";
  if (made.at != 0 && made.error == 0 && made.how != "kill" && made.how != "power") {
    errno = EINVAL;
    give_up("FAULT_HOW");
  }
  const std::string program = variable("FAULT_PROGRAM");
  made.counts = program.empty() || program == program_invocation_short_name;
  const int fd = ::open(state_path.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) give_up("FAULT_STATE");
  void* memory = ::mmap(nullptr, sizeof(State), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) give_up("FAULT_STATE");
  ::close(fd);
  made.state = static_cast<State*>(memory);
  initialise_lock(*made.state);
  register_process(*made.state);
  ::pthread_atfork(nullptr, nullptr, [] { register_process(*settings->state); });
  if (!made.journal.empty()) {
    made.journal_fd = ::open((made.journal + "/journal").c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (made.journal_fd < 0) give_up("FAULT_JOURNAL");
  }
  settings = &made;
}

// A pid may have been given to somebody else since.
bool takes_part(pid_t process) {
  const int fd = ::open(("/proc/" + std::to_string(process) + "/environ").c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  std::string environment(1 << 17, '\0');
  const ssize_t got = ::read(fd, environment.data(), environment.size());
  ::close(fd);
  environment.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  return environment.find("FAULT_STATE=" + variable("FAULT_STATE")) != std::string::npos;
}

__attribute__((destructor)) void end() {
  if (settings == nullptr) return;
  for (pid_t& process : settings->state->process)
    if (process == ::getpid()) __atomic_store_n(&process, 0, __ATOMIC_SEQ_CST);
}

// ---- Places ---------------------------------------------------------------------------------------------------------

std::string target_of_link(const std::string& link) {
  char buffer[PATH_MAX];
  const ssize_t length = ::readlink(link.c_str(), buffer, sizeof buffer);
  return length < 0 ? "" : std::string(buffer, static_cast<std::size_t>(length));
}

std::string path_of(int fd) { return target_of_link("/proc/self/fd/" + std::to_string(fd)); }

bool below_root(const std::string& path) {
  return settings != nullptr && path.starts_with(settings->root) &&
         (path.size() == settings->root.size() || path[settings->root.size()] == '/');
}

// A name in its directory; the directory without symbolic links.
struct Place {
  std::string directory, name;
  std::string path() const { return directory + '/' + name; }
  explicit operator bool() const { return !name.empty(); }
};

// Empty where it is not below the root.
Place place_of(int directory_fd, const char* given) {
  if (settings == nullptr || depth > 1 || given == nullptr || *given == '\0') return {};
  std::string path = given;
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  if (path[0] != '/')
    path = (directory_fd == AT_FDCWD ? target_of_link("/proc/self/cwd") : path_of(directory_fd)) + '/' + path;
  const std::size_t slash = path.rfind('/');
  const std::string directory = slash == 0 ? "/" : path.substr(0, slash);
  char resolved[PATH_MAX];
  if (::realpath(directory.c_str(), resolved) == nullptr || !below_root(resolved)) return {};
  return {resolved, path.substr(slash + 1)};
}

// Of an open regular file or directory below the root; otherwise empty.
std::string file_below_root(int fd) {
  if (settings == nullptr || depth > 1) return "";
  struct ::stat info {};
  if (::fstat(fd, &info) != 0 || (!S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode))) return "";
  std::string path = path_of(fd);
  return below_root(path) ? path : "";
}

ino_t inode(const std::string& path) {
  struct ::stat info {};
  return ::lstat(path.c_str(), &info) == 0 ? info.st_ino : 0;
}

ino_t inode(int fd) {
  struct ::stat info {};
  return ::fstat(fd, &info) == 0 ? info.st_ino : 0;
}

// ---- The journal ----------------------------------------------------------------------------------------------------

bool journalling() { return settings->journal_fd >= 0; }

void note(const std::string& line) {
  if (!journalling()) return;
  const std::string text = line + '\n';
  if (REAL(write)(settings->journal_fd, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    give_up("journal");
}

std::string text(const char* kind, std::initializer_list<std::string> fields) {
  std::string line = kind;
  for (const std::string& field : fields) line += '\t' + field;
  return line;
}

std::string number(ino_t value) { return std::to_string(value); }

// A second name for what is about to lose its own, so that it can come back.
void keep_inode(const std::string& path) {
  struct ::stat info {};
  if (!journalling() || ::lstat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return;
  const std::string kept = settings->journal + "/inode." + number(info.st_ino);
  if (REAL(link)(path.c_str(), kept.c_str()) != 0 && errno != EEXIST) give_up(path.c_str());
}

// Before the content of a file that may be clean changes: its content as it is.
void note_dirty(const std::string& path, ino_t ino) {
  if (!journalling()) return;
  static std::unordered_map<ino_t, std::uint64_t> known;  // dirty since that many syncs
  const std::uint64_t now = settings->state->syncs + 1;
  if (auto& since = known[ino]; since == now)
    return;
  else
    since = now;
  std::string copy = "-";
  const int from = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct ::stat info {};
  if (from >= 0 && ::fstat(from, &info) == 0 && info.st_size > 0) {
    copy = "content." + std::to_string(settings->state->saved++);
    const int to = ::open((settings->journal + '/' + copy).c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (to < 0) give_up("journal");
    char buffer[65536];
    for (ssize_t got; (got = ::read(from, buffer, sizeof buffer)) > 0;)
      if (REAL(write)(to, buffer, static_cast<std::size_t>(got)) != got) give_up("journal");
    ::close(to);
  }
  if (from >= 0) ::close(from);
  note(text("dirty", {number(ino), copy}));
}

void note_new(const char* kind, const Place& place, ino_t ino, const std::string& target = "") {
  if (journalling()) note(text("new", {number(inode(place.directory)), place.name, number(ino), kind, target}));
}

// ---- Disturbing -----------------------------------------------------------------------------------------------------

class Turn {
 public:
  Turn() {
    // Looks again now and then: once, the death of the owner woke nobody up.
    int result = 0;
    do {
      timespec until{};
      ::clock_gettime(CLOCK_MONOTONIC, &until);
      ++until.tv_sec;
      result = ::pthread_mutex_clocklock(&settings->state->lock, CLOCK_MONOTONIC, &until);
    } while (result == ETIMEDOUT);
    if (result == EOWNERDEAD) ::pthread_mutex_consistent(&settings->state->lock);
  }
  ~Turn() { ::pthread_mutex_unlock(&settings->state->lock); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
};

bool counted(std::string_view call) {
  if (!settings->counts) return false;
  if (settings->calls.empty()) return true;
  const std::string all = ',' + settings->calls + ',';
  return all.find(',' + std::string(call) + ',') != std::string::npos;
}

[[noreturn]] void die() {
  if (settings->how == "power") {
    const State& state = *settings->state;
    for (const pid_t process : state.process)
      if (process != 0 && process != ::getpid() && takes_part(process)) ::kill(process, SIGKILL);
  }
  ::kill(::getpid(), SIGKILL);
  for (;;) ::pause();
}

// True when this call is to fail, with errno set. Does not return when it is to kill; `half` is done before.
template <typename Half>
bool strikes(std::string_view call, Half half) {
  if (!counted(call)) return false;
  State& state = *settings->state;
  const std::uint64_t at = ++state.calls;
  if (settings->at == 0 || at < settings->at || (at > settings->at && !(settings->lasts && settings->error != 0)))
    return false;
  if (const std::string trace = variable("FAULT_TRACE"); !trace.empty()) {
    const int fd = ::open(trace.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    ::dprintf(fd, "%.*s\n", static_cast<int>(call.size()), call.data());
    ::close(fd);
  }
  ++state.struck;
  if (settings->error == 0) {
    half();
    die();
  }
  errno = settings->error;
  return true;
}

bool strikes(std::string_view call) {
  return strikes(call, [] {});
}

// ---- A full disk ----------------------------------------------------------------------------------------------------

constexpr std::int64_t block_size = 4096;
std::int64_t blocks(std::int64_t size) { return (size + block_size - 1) / block_size * block_size; }

// Takes room, unless there is too little: then the call is to fail, with errno set.
bool lacks(std::int64_t bytes, std::int64_t files) {
  if (!settings->full || !settings->counts) return false;
  State& state = *settings->state;
  if ((bytes > 0 && state.free_bytes < bytes) || (files > 0 && state.free_files < files)) {
    ++state.struck;
    errno = ENOSPC;
    return true;
  }
  state.free_bytes -= bytes;
  state.free_files -= files;
  return false;
}

// What the removal of this name gives back.
void give_back(const struct ::stat& info) {
  if (!settings->full) return;
  const bool kept = journalling() && inode(settings->journal + "/inode." + number(info.st_ino)) != 0;
  if (!S_ISDIR(info.st_mode) && info.st_nlink > (kept ? 2U : 1U)) return;
  ++settings->state->free_files;
  settings->state->free_bytes += S_ISDIR(info.st_mode) ? block_size : S_ISREG(info.st_mode) ? blocks(info.st_size) : 0;
}

// By how much a write of so many bytes makes the file take more room.
std::int64_t growth(int fd, std::size_t size) {
  struct ::stat info {};
  if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) return 0;
  const int flags = ::fcntl(fd, F_GETFL);
  const std::int64_t at = (flags & O_APPEND) != 0 ? info.st_size : ::lseek(fd, 0, SEEK_CUR);
  const std::int64_t end = std::max<std::int64_t>(info.st_size, at + static_cast<std::int64_t>(size));
  return blocks(end) - blocks(info.st_size);
}

// ---- Calls that take a new file's name
// -------------------------------------------------------------------------------

template <typename Open>
int open_watched(int directory_fd, const char* path, int flags, Open open) {
  const Inside inside;
  const bool writes = (flags & O_ACCMODE) != O_RDONLY || (flags & O_CREAT) != 0;
  const Place place = writes ? place_of(directory_fd, path) : Place{};
  if (!place) return open();
  const Turn turn;
  if ((flags & O_TMPFILE) == O_TMPFILE) {
    if (strikes("open") || lacks(0, 1)) return -1;
    const int fd = open();
    if (fd >= 0) note(text("nameless", {number(inode(fd))}));
    return fd;
  }
  struct ::stat info {};
  const bool there = ::stat(place.path().c_str(), &info) == 0;
  const bool creates = !there && (flags & O_CREAT) != 0;
  const bool empties = there && S_ISREG(info.st_mode) && (flags & O_TRUNC) != 0 && info.st_size > 0;
  if (((creates || empties) && strikes("open")) || (creates && lacks(0, 1))) return -1;
  if (empties) note_dirty(place.path(), info.st_ino);
  if (empties) lacks(-blocks(info.st_size), 0);
  const int fd = open();
  if (fd >= 0 && creates) note_new("file", place, inode(fd));
  return fd;
}

// What is written to a stream is not seen, but a new file counts as not synced until it is.
template <typename Open>
FILE* stream_watched(const char* path, const char* mode, Open open) {
  int flags = mode[0] == 'r' ? 0 : O_CREAT;
  if (mode[0] == 'w') flags |= O_TRUNC;
  flags |= mode[0] == 'r' && std::strchr(mode, '+') == nullptr ? O_RDONLY : O_WRONLY;
  FILE* stream = nullptr;
  open_watched(AT_FDCWD, path, flags, [&] {
    stream = open();
    return stream == nullptr ? -1 : ::fileno(stream);
  });
  return stream;
}

template <typename Call>
int make_entry(const char* call, const char* kind, int directory_fd, const char* path, const std::string& target,
               Call make) {
  const Inside inside;
  const Place place = place_of(directory_fd, path);
  if (!place) return make();
  const Turn turn;
  if (strikes(call)) return -1;
  const bool there = inode(place.path()) != 0;  // which the call then says, on a full disk, too
  if (!there && lacks(std::string_view(kind) == "directory" ? block_size : 0, 1)) return -1;
  const int result = make();
  if (result == 0) note_new(kind, place, inode(place.path()), target);
  return result;
}

template <typename Call>
int remove_entry(const char* call, int directory_fd, const char* path, Call remove) {
  const Inside inside;
  const Place place = place_of(directory_fd, path);
  if (!place || inode(place.path()) == 0) return remove();
  const Turn turn;
  if (strikes(call)) return -1;
  keep_inode(place.path());
  struct ::stat info {};
  const bool known = ::lstat(place.path().c_str(), &info) == 0;
  const int result = remove();
  if (result == 0 && known) give_back(info);
  if (result == 0) note(text("gone", {number(inode(place.directory)), place.name}));
  return result;
}

template <typename Call>
int rename_watched(const char* name, int from_fd, const char* from, int to_fd, const char* to, Call call) {
  const Inside inside;
  const Place old_place = place_of(from_fd, from), new_place = place_of(to_fd, to);
  if (!old_place && !new_place) return call();
  const Turn turn;
  if (strikes(name)) return -1;
  keep_inode(new_place.path());
  const ino_t moved = inode(old_place.path());
  struct ::stat replaced {};
  const bool replaces = ::lstat(new_place.path().c_str(), &replaced) == 0 && replaced.st_ino != moved;
  const int result = call();
  if (result == 0 && replaces) give_back(replaced);
  if (result == 0 && journalling()) {
    if (!old_place || !new_place) give_up("rename across the root");
    note(text("rename", {number(inode(old_place.directory)), old_place.name, number(inode(new_place.directory)),
                         new_place.name, number(moved)}));
  }
  return result;
}

template <typename Call>
int link_watched(int from_fd, const char* from, int to_fd, const char* to, Call call) {
  const Inside inside;
  const Place place = place_of(to_fd, to);
  if (!place) return call();
  const Turn turn;
  if (strikes("link")) return -1;
  const int result = call();
  if (result == 0) note(text("link", {number(inode(place.directory)), place.name, number(inode(place.path()))}));
  static_cast<void>(from_fd);
  static_cast<void>(from);
  return result;
}

// ---- Calls on content -----------------------------------------------------------------------------------------------

template <typename Result, typename Write>
Result write_watched(int fd, std::size_t size, Write write) {
  const Inside inside;
  const std::string path = file_below_root(fd);
  if (path.empty()) return write(size);
  const Turn turn;
  const ino_t ino = inode(fd);
  if (strikes("write", [&] {
        note_dirty(path, ino);
        static_cast<void>(write(size / 2));
      }))
    return -1;
  if (lacks(growth(fd, size), 0)) return -1;
  note_dirty(path, ino);
  return write(size);
}

template <typename Call>
int change_content(const char* call, int fd, Call change) {
  const Inside inside;
  const std::string path = file_below_root(fd);
  if (path.empty()) return change();
  const Turn turn;
  if (strikes(call)) return -1;
  note_dirty(path, inode(fd));
  return change();
}

template <typename Call>
int change_attributes(const char* call, bool watched, Call change) {
  if (!watched) return change();
  const Turn turn;
  return strikes(call) ? -1 : change();
}

template <typename Call>
int sync_watched(const char* kind, int fd, Call sync) {
  const Inside inside;
  const std::string path = file_below_root(fd);
  if (path.empty()) return sync();
  const Turn turn;
  if (strikes("fsync")) return -1;
  // What is lost is decided here, not by the disk.
  ++settings->state->syncs;
  note(text(kind, {number(inode(fd))}));
  return journalling() ? 0 : sync();
}

mode_t mode_argument(int flags, va_list& list) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? static_cast<mode_t>(va_arg(list, unsigned)) : 0;
}

}  // namespace

// ---- libc's names ---------------------------------------------------------------------------------------------------

#define WRAP_OPEN(name)                                                                        \
  EXPORT int name(const char* path, int flags, ...) {                                          \
    va_list list;                                                                              \
    va_start(list, flags);                                                                     \
    const mode_t mode = mode_argument(flags, list);                                            \
    va_end(list);                                                                              \
    return open_watched(AT_FDCWD, path, flags, [&] { return REAL(name)(path, flags, mode); }); \
  }
#define WRAP_OPENAT(name)                                                                                  \
  EXPORT int name(int directory, const char* path, int flags, ...) {                                       \
    va_list list;                                                                                          \
    va_start(list, flags);                                                                                 \
    const mode_t mode = mode_argument(flags, list);                                                        \
    va_end(list);                                                                                          \
    return open_watched(directory, path, flags, [&] { return REAL(name)(directory, path, flags, mode); }); \
  }
WRAP_OPEN(open)
WRAP_OPEN(open64)
WRAP_OPENAT(openat)
WRAP_OPENAT(openat64)

// What a fortified build calls.
EXPORT int __open_2(const char* path, int flags) { return ::open(path, flags); }
EXPORT int __open64_2(const char* path, int flags) { return ::open(path, flags); }
EXPORT int __openat_2(int directory, const char* path, int flags) { return ::openat(directory, path, flags); }
EXPORT int __openat64_2(int directory, const char* path, int flags) { return ::openat(directory, path, flags); }

namespace {

int make_temporary(char* pattern, int (*make)(char*)) {
  const Inside inside;
  const Place place = place_of(AT_FDCWD, pattern);
  if (!place) return make(pattern);
  const Turn turn;
  if (strikes("open")) return -1;
  const int fd = make(pattern);
  if (fd >= 0) note_new("file", place_of(AT_FDCWD, pattern), inode(fd));
  return fd;
}

}  // namespace

EXPORT FILE* fopen(const char* path, const char* mode) {
  return stream_watched(path, mode, [&] { return REAL(fopen)(path, mode); });
}
EXPORT FILE* fopen64(const char* path, const char* mode) {
  return stream_watched(path, mode, [&] { return REAL(fopen64)(path, mode); });
}

EXPORT int mkstemp(char* pattern) { return make_temporary(pattern, REAL(mkstemp)); }
EXPORT int mkstemp64(char* pattern) { return make_temporary(pattern, REAL(mkstemp64)); }

EXPORT char* mkdtemp(char* pattern) {
  const Inside inside;
  if (!place_of(AT_FDCWD, pattern)) return REAL(mkdtemp)(pattern);
  const Turn turn;
  if (strikes("mkdir")) return nullptr;
  char* made = REAL(mkdtemp)(pattern);
  if (made != nullptr) note_new("directory", place_of(AT_FDCWD, made), inode(std::string(made)));
  return made;
}

EXPORT int mkdir(const char* path, mode_t mode) noexcept {
  return make_entry("mkdir", "directory", AT_FDCWD, path, "", [&] { return REAL(mkdir)(path, mode); });
}
EXPORT int mkdirat(int directory, const char* path, mode_t mode) noexcept {
  return make_entry("mkdir", "directory", directory, path, "", [&] { return REAL(mkdirat)(directory, path, mode); });
}
EXPORT int symlink(const char* target, const char* path) noexcept {
  return make_entry("symlink", "symlink", AT_FDCWD, path, target, [&] { return REAL(symlink)(target, path); });
}
EXPORT int symlinkat(const char* target, int directory, const char* path) noexcept {
  return make_entry("symlink", "symlink", directory, path, target,
                    [&] { return REAL(symlinkat)(target, directory, path); });
}
EXPORT int unlink(const char* path) noexcept {
  return remove_entry("unlink", AT_FDCWD, path, [&] { return REAL(unlink)(path); });
}
EXPORT int unlinkat(int directory, const char* path, int flags) noexcept {
  return remove_entry((flags & AT_REMOVEDIR) != 0 ? "rmdir" : "unlink", directory, path,
                      [&] { return REAL(unlinkat)(directory, path, flags); });
}
EXPORT int remove(const char* path) noexcept {
  return remove_entry("unlink", AT_FDCWD, path, [&] { return REAL(remove)(path); });
}
EXPORT int rmdir(const char* path) noexcept {
  return remove_entry("rmdir", AT_FDCWD, path, [&] { return REAL(rmdir)(path); });
}
EXPORT int rename(const char* from, const char* to) noexcept {
  return rename_watched("rename", AT_FDCWD, from, AT_FDCWD, to, [&] { return REAL(rename)(from, to); });
}
EXPORT int renameat(int from_fd, const char* from, int to_fd, const char* to) noexcept {
  return rename_watched("rename", from_fd, from, to_fd, to, [&] { return REAL(renameat)(from_fd, from, to_fd, to); });
}
EXPORT int renameat2(int from_fd, const char* from, int to_fd, const char* to, unsigned flags) noexcept {
  return rename_watched("renameat2", from_fd, from, to_fd, to,
                        [&] { return REAL(renameat2)(from_fd, from, to_fd, to, flags); });
}
EXPORT int link(const char* from, const char* to) noexcept {
  return link_watched(AT_FDCWD, from, AT_FDCWD, to, [&] { return REAL(link)(from, to); });
}
EXPORT int linkat(int from_fd, const char* from, int to_fd, const char* to, int flags) noexcept {
  return link_watched(from_fd, from, to_fd, to, [&] { return REAL(linkat)(from_fd, from, to_fd, to, flags); });
}

EXPORT ssize_t write(int fd, const void* bytes, std::size_t size) {
  return write_watched<ssize_t>(fd, size, [&](std::size_t count) { return REAL(write)(fd, bytes, count); });
}
EXPORT ssize_t pwrite(int fd, const void* bytes, std::size_t size, off_t at) {
  return write_watched<ssize_t>(fd, size, [&](std::size_t count) { return REAL(pwrite)(fd, bytes, count, at); });
}
EXPORT ssize_t pwrite64(int fd, const void* bytes, std::size_t size, off64_t at) {
  return write_watched<ssize_t>(fd, size, [&](std::size_t count) { return REAL(pwrite64)(fd, bytes, count, at); });
}
EXPORT ssize_t writev(int fd, const iovec* parts, int count) {
  return write_watched<ssize_t>(fd, static_cast<std::size_t>(count),
                                [&](std::size_t first) { return REAL(writev)(fd, parts, static_cast<int>(first)); });
}
EXPORT ssize_t copy_file_range(int from, off64_t* from_at, int to, off64_t* to_at, std::size_t size, unsigned flags) {
  return write_watched<ssize_t>(
      to, size, [&](std::size_t count) { return REAL(copy_file_range)(from, from_at, to, to_at, count, flags); });
}
EXPORT int ftruncate(int fd, off_t size) noexcept {
  return change_content("truncate", fd, [&] { return REAL(ftruncate)(fd, size); });
}
EXPORT int ftruncate64(int fd, off64_t size) noexcept {
  return change_content("truncate", fd, [&] { return REAL(ftruncate64)(fd, size); });
}
EXPORT int truncate(const char* path, off_t size) noexcept {
  const int fd = ::open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  const int result = ::ftruncate(fd, size);
  ::close(fd);
  return result;
}

EXPORT int fsync(int fd) {
  return sync_watched("sync", fd, [&] { return REAL(fsync)(fd); });
}
EXPORT int fdatasync(int fd) {
  return sync_watched("sync", fd, [&] { return REAL(fdatasync)(fd); });
}
EXPORT int syncfs(int fd) noexcept {
  return sync_watched("syncall", fd, [&] { return REAL(syncfs)(fd); });
}

// Modes and times are not journalled: a power cut leaves them as they are.
EXPORT int chmod(const char* path, mode_t mode) noexcept {
  const Inside inside;
  return change_attributes("chmod", bool(place_of(AT_FDCWD, path)), [&] { return REAL(chmod)(path, mode); });
}
EXPORT int fchmod(int fd, mode_t mode) noexcept {
  const Inside inside;
  return change_attributes("chmod", !file_below_root(fd).empty(), [&] { return REAL(fchmod)(fd, mode); });
}
EXPORT int futimens(int fd, const timespec* times) noexcept {
  const Inside inside;
  return change_attributes("utimens", !file_below_root(fd).empty(), [&] { return REAL(futimens)(fd, times); });
}
EXPORT int utimensat(int directory, const char* path, const timespec* times, int flags) noexcept {
  const Inside inside;
  return change_attributes("utimens", bool(place_of(directory, path)),
                           [&] { return REAL(utimensat)(directory, path, times, flags); });
}
