#include "barman/exec/shell.h"

#include <fmt/core.h>

#include "barman/core/error.h"
#include "barman/core/redact.h"
#include "barman/core/text.h"

namespace barman::exec {
namespace {

// The state of the POSIX tokeniser: what has been read of the current word.
class Words {
 public:
  explicit Words(std::string_view text) : text_(text) {}

  std::vector<std::string> read() {
    while (at_ < text_.size()) take(text_[at_++]);
    end_word();
    return std::move(words_);
  }

 private:
  void take(char c) {
    if (c == '\'') {
      single_quoted();
    } else if (c == '"') {
      double_quoted();
    } else if (c == '\\') {
      escaped();
    } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      end_word();
    } else {
      add(c);
    }
  }

  void single_quoted() {
    const std::size_t end = text_.find('\'', at_);
    if (end == std::string_view::npos) unbalanced();
    word_ += text_.substr(at_, end - at_);
    in_word_ = true;
    at_ = end + 1;
  }

  void double_quoted() {
    in_word_ = true;
    for (;;) {
      if (at_ >= text_.size()) unbalanced();
      const char c = text_[at_++];
      if (c == '"') return;
      if (c != '\\' || at_ >= text_.size()) {
        word_ += c;
        continue;
      }
      const char next = text_[at_++];
      if (next == '\n') continue;
      if (next != '"' && next != '\\' && next != '$' && next != '`') word_ += c;
      word_ += next;
    }
  }

  void escaped() {
    if (at_ >= text_.size())
      throw Error(Errc::config, fmt::format("nothing follows the last backslash in '{}'", redact_passwords(text_)));
    const char next = text_[at_++];
    if (next != '\n') add(next);
  }

  void add(char c) {
    word_ += c;
    in_word_ = true;
  }

  void end_word() {
    if (in_word_) words_.push_back(std::move(word_));
    word_.clear();
    in_word_ = false;
  }

  [[noreturn]] void unbalanced() const {
    throw Error(Errc::config, fmt::format("unbalanced quote in '{}'", redact_passwords(text_)), "close the quote");
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string word_;
  bool in_word_ = false;
  std::vector<std::string> words_;
};

}  // namespace

std::string shell_quote(std::string_view argument) { return "'" + replace_all(argument, "'", "'\\''") + "'"; }

std::string shell_join(const std::vector<std::string>& argv) {
  std::string text;
  for (const std::string& word : argv) {
    if (!text.empty()) text += ' ';
    text += shell_quote(word);
  }
  return text;
}

std::string shell_operand(std::string_view argument) {
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";
  const bool is_plain = !argument.empty() && argument.find_first_not_of(plain) == std::string_view::npos;
  return (argument.starts_with('-') ? "-- " : "") + (is_plain ? std::string(argument) : shell_quote(argument));
}

std::vector<std::string> shell_words(std::string_view text) { return Words(text).read(); }

}  // namespace barman::exec
