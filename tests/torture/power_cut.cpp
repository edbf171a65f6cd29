// Turns a directory into what a power cut could have left of it.
//   power-cut state STATE                       makes the file that the processes of one run share
//   power-cut calls STATE                       prints how many calls were seen, and how many of them disturbed
//   power-cut snapshot ROOT JOURNAL             before the run: notes what is there, durably
//   power-cut drop ROOT JOURNAL STATE names     after it: drops every content and every name that was not synced
//   power-cut drop ROOT JOURNAL STATE contents  drops the contents alone, as a file system does that journals names
//   only
// JOURNAL is the directory that libbarman_faults filled (FAULT_JOURNAL), STATE its FAULT_STATE. A name counts as synced
// when its directory was synced after it came or went; a rename that is durable at one end never loses the file.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <deque>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "fault_state.h"

namespace {

namespace fs = std::filesystem;
using Inode = ino_t;

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error(what); }

struct ::stat examine(const fs::path& path) {
  struct ::stat info {};
  if (::lstat(path.c_str(), &info) != 0) fail(path.string() + ": " + std::strerror(errno));
  return info;
}

enum class Kind { file, directory, symlink };

struct Node;

// A name that comes (node) or goes (no node). Each end of a rename knows the other one.
struct Change {
  std::string name;
  Node* node = nullptr;
  Node* other_directory = nullptr;
  const Change* other = nullptr;
};

struct Node {
  Kind kind = Kind::file;
  Inode inode = 0;
  std::string target;                            // of a symbolic link
  bool dirty = false;                            // the content was changed and not synced since
  std::string saved;                             // what it was before: a file in the journal, or empty
  std::map<std::string, Node*> entries;          // of a directory: the durable ones
  std::deque<std::unique_ptr<Change>> pending;   // of a directory: the others, oldest first
  std::vector<std::unique_ptr<Change>> settled;  // kept, for their other ends
};

class Disk {
 public:
  Disk(fs::path root, fs::path journal, bool names_survive)
      : root_(std::move(root)), journal_(std::move(journal)), names_survive_(names_survive) {}

  void replay() {
    std::ifstream snapshot(journal_ / "snapshot");
    if (!snapshot) fail("no snapshot was taken");
    for (std::string line; std::getline(snapshot, line);) apply(split(line), true);
    std::ifstream journal(journal_ / "journal");
    for (std::string line; std::getline(journal, line);) try {
        apply(split(line), false);
      } catch (const std::exception& error) {
        fail(std::string(error.what()) + ", in the line: " + line);
      }
  }

  void materialise() {
    find_inodes(root_);
    const fs::path made = root_.string() + ".after";
    build(*root_node_, made);
    fs::remove_all(root_);
    fs::rename(made, root_);
  }

 private:
  static std::vector<std::string> split(const std::string& line) {
    std::vector<std::string> fields(1);
    for (const char letter : line)
      if (letter == '\t')
        fields.emplace_back();
      else
        fields.back() += letter;
    return fields;
  }

  static Inode inode_in(const std::string& text) { return static_cast<Inode>(std::stoull(text)); }

  Node& node_of(const std::string& inode) {
    const auto found = by_inode_.find(inode_in(inode));
    if (found == by_inode_.end()) fail("the journal names an unknown inode " + inode);
    return *found->second;
  }

  Node& make(const std::string& inode, const std::string& kind, const std::string& target) {
    nodes_.push_back(std::make_unique<Node>());
    Node& node = *nodes_.back();
    node.kind = kind == "directory" ? Kind::directory : kind == "symlink" ? Kind::symlink : Kind::file;
    node.inode = inode_in(inode);
    node.target = target;
    by_inode_[node.inode] = &node;
    return node;
  }

  void apply(const std::vector<std::string>& fields, bool durable) {
    const std::string& what = fields.at(0);
    if (what == "root") {
      root_node_ = &make(fields.at(1), "directory", "");
    } else if (what == "new") {
      Node& directory = node_of(fields.at(1));
      Node& node = make(fields.at(3), fields.at(4), fields.at(5));
      node.dirty = !durable && node.kind == Kind::file;
      change(directory, {fields.at(2), &node}, durable);
    } else if (what == "nameless") {
      make(fields.at(1), "file", "").dirty = true;
    } else if (what == "link") {
      // From outside of the root: whoever put it there has made it durable.
      if (!by_inode_.contains(inode_in(fields.at(3)))) make(fields.at(3), "file", "");
      change(node_of(fields.at(1)), {fields.at(2), &node_of(fields.at(3))}, durable);
    } else if (what == "gone") {
      change(node_of(fields.at(1)), {fields.at(2)}, durable);
    } else if (what == "rename") {
      Node &from = node_of(fields.at(1)), &to = node_of(fields.at(3));
      Change* came = change(to, {fields.at(4), &node_of(fields.at(5))}, durable);
      Change* went = change(from, {fields.at(2)}, durable);
      went->other_directory = &to;
      went->other = came;
    } else if (what == "dirty") {
      Node& node = node_of(fields.at(1));
      if (!node.dirty) node.saved = fields.at(2) == "-" ? "" : fields.at(2);
      node.dirty = true;
    } else if (what == "sync") {
      sync(node_of(fields.at(1)));
    } else if (what == "syncall") {
      for (const auto& node : nodes_) sync(*node);
    } else {
      fail("the journal holds an unknown line: " + what);
    }
  }

  Change* change(Node& directory, Change change, bool durable) {
    directory.pending.push_back(std::make_unique<Change>(std::move(change)));
    Change* made = directory.pending.back().get();
    if (durable || names_survive_) settle(directory, nullptr);
    return made;
  }

  void sync(Node& node) {
    node.dirty = false;
    settle(node, nullptr);
  }

  // Makes the directory's pending changes durable, up to and including `last` (nullptr: all of them).
  static void settle(Node& directory, const Change* last) {
    while (!directory.pending.empty()) {
      std::unique_ptr<Change> next = std::move(directory.pending.front());
      directory.pending.pop_front();
      const Change* const done = next.get();
      if (next->node != nullptr)
        directory.entries[next->name] = next->node;
      else
        directory.entries.erase(next->name);
      directory.settled.push_back(std::move(next));
      if (done->other != nullptr && still_pending(*done->other_directory, done->other))
        settle(*done->other_directory, done->other);
      if (done == last) return;
    }
  }

  static bool still_pending(const Node& directory, const Change* change) {
    for (const auto& pending : directory.pending)
      if (pending.get() == change) return true;
    return false;
  }

  // Where the content, the mode and the times of each inode can be found.
  void find_inodes(const fs::path& directory) {
    place_[examine(directory).st_ino] = directory;
    for (const auto& entry : fs::directory_iterator(directory)) {
      place_[examine(entry.path()).st_ino] = entry.path();
      if (entry.is_directory() && !entry.is_symlink()) find_inodes(entry.path());
    }
  }

  // Empty where it is gone for good. The number of something removed may have been given to something else since, and
  // that may have been removed, too.
  fs::path place_of(const Node& node) {
    if (by_inode_.at(node.inode) != &node) return {};
    const fs::path kept = journal_ / ("inode." + std::to_string(node.inode));
    if (fs::exists(fs::symlink_status(kept))) return kept;
    const auto found = place_.find(node.inode);
    if (found == place_.end() || fs::is_directory(found->second) != (node.kind == Kind::directory)) return {};
    return found->second;
  }

  void build(Node& node, const fs::path& path) {
    if (node.kind == Kind::symlink) return fs::create_symlink(node.target, path);
    const fs::path source = place_of(node);
    if (node.kind == Kind::file) {
      if (const auto first = built_.find(&node); first != built_.end())
        return fs::create_hard_link(first->second, path);
      built_[&node] = path;
      if (node.dirty && node.saved.empty())
        std::ofstream(path).flush();
      else
        fs::copy_file(node.dirty ? journal_ / node.saved : source, path);
    } else {
      fs::create_directory(path);
      for (const auto& [name, entry] : node.entries) build(*entry, path / name);
    }
    if (source.empty()) return;
    const struct ::stat info = examine(source);
    ::chmod(path.c_str(), info.st_mode & 07777);
    const timespec times[2] = {info.st_atim, info.st_mtim};
    ::utimensat(AT_FDCWD, path.c_str(), times, 0);
  }

  const fs::path root_, journal_;
  const bool names_survive_;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::map<Inode, Node*> by_inode_;  // the latest of each number
  Node* root_node_ = nullptr;
  std::map<Inode, fs::path> place_;
  std::map<const Node*, fs::path> built_;
};

void write_snapshot(std::ostream& out, const fs::path& directory, std::map<Inode, bool>& seen) {
  const std::string parent = std::to_string(examine(directory).st_ino);
  for (const auto& entry : fs::directory_iterator(directory)) {
    const std::string name = entry.path().filename().string();
    const Inode inode = examine(entry.path()).st_ino;
    if (entry.is_symlink()) {
      out << "new\t" << parent << '\t' << name << '\t' << inode << "\tsymlink\t"
          << fs::read_symlink(entry.path()).string();
    } else if (entry.is_directory()) {
      out << "new\t" << parent << '\t' << name << '\t' << inode << "\tdirectory\t";
    } else if (!seen.emplace(inode, true).second) {
      out << "link\t" << parent << '\t' << name << '\t' << inode;
    } else {
      out << "new\t" << parent << '\t' << name << '\t' << inode << "\tfile\t";
    }
    out << '\n';
    if (entry.is_directory() && !entry.is_symlink()) write_snapshot(out, entry.path(), seen);
  }
}

void snapshot(const fs::path& root, const fs::path& journal) {
  std::ofstream out(journal / "snapshot");
  out << "root\t" << examine(root).st_ino << '\n';
  std::map<Inode, bool> seen;
  write_snapshot(out, root, seen);
  out.flush();
  if (!out) fail("cannot write the snapshot");
}

faults::State read_state(const fs::path& path) {
  faults::State state;
  std::ifstream file(path, std::ios::binary);
  if (!file.read(reinterpret_cast<char*>(&state), sizeof state)) fail(path.string() + " holds no state");
  return state;
}

bool alive(pid_t process) {
  if (process == 0) return false;
  std::ifstream status("/proc/" + std::to_string(process) + "/stat");
  std::string text;
  if (!std::getline(status, text)) return false;
  const std::size_t end = text.rfind(')');
  return end != std::string::npos && text.at(end + 2) != 'Z';
}

// Only the dead change nothing more.
void wait_for_processes(const fs::path& path) {
  const faults::State state = read_state(path);
  for (int turn = 0; turn < 1000; ++turn) {
    if (std::none_of(std::begin(state.process), std::end(state.process), alive)) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  fail("a process of the run does not end");
}

int run(const std::vector<std::string>& arguments) {
  if (arguments.size() == 3 && arguments[0] == "snapshot") {
    snapshot(arguments[1], arguments[2]);
    return 0;
  }
  if (arguments.size() == 2 && arguments[0] == "state") {
    const std::string zeros(sizeof(faults::State), '\0');
    std::ofstream file(arguments[1], std::ios::binary);
    if (!file.write(zeros.data(), zeros.size()).flush()) fail(arguments[1] + " cannot be written");
    return 0;
  }
  if (arguments.size() == 2 && arguments[0] == "calls") {
    const faults::State state = read_state(arguments[1]);
    std::cout << state.calls << ' ' << state.struck << '\n';
    return 0;
  }
  if (arguments.size() == 5 && arguments[0] == "drop" && (arguments[4] == "names" || arguments[4] == "contents")) {
    wait_for_processes(arguments[3]);
    Disk disk(arguments[1], arguments[2], arguments[4] == "contents");
    disk.replay();
    disk.materialise();
    return 0;
  }
  std::cerr
      << "usage: power-cut state STATE | power-cut calls STATE | power-cut snapshot ROOT JOURNAL | power-cut drop ROOT JOURNAL STATE names|contents\n";
  return 2;
}

}  // namespace

int main(int count, char** words) {
  try {
    return run({words + 1, words + count});
  } catch (const std::exception& error) {
    std::cerr << "power-cut: " << error.what() << '\n';
    return 1;
  }
}
