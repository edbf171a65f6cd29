#include "barman/usage/markup.h"

#include <fmt/core.h>

#include <algorithm>

#include "barman/core/text.h"
#include "barman/usage/help.h"
#include "roff_character.h"
#include "wrap.h"

namespace barman::usage {
namespace {

constexpr std::size_t roff_width = 78;
constexpr std::string_view literal_indent = "    ";

struct Block {
  enum class Kind { paragraph, item, literal } kind = Kind::paragraph;
  std::string term;
  std::string text;  // of a literal block with its ends of lines
};

bool is_literal(std::string_view line) { return line.starts_with(literal_indent); }

// Of an item: "- term :: text".
Block make_block(std::string_view line) {
  if (is_literal(line)) return {Block::Kind::literal, {}, fmt::format("{}\n", line.substr(literal_indent.size()))};
  const std::size_t separator = line.starts_with("- ") ? line.find(" :: ") : std::string_view::npos;
  if (separator == std::string_view::npos) return {Block::Kind::paragraph, {}, std::string(line)};
  return {Block::Kind::item, std::string(line.substr(2, separator - 2)), std::string(line.substr(separator + 4))};
}

std::vector<Block> blocks_of(std::string_view markup) {
  std::vector<Block> blocks;
  bool continues = false;
  for (const std::string& line : split_lines(markup)) {
    if (trim(line).empty()) {
      continues = false;
      continue;
    }
    const bool literal = is_literal(line);
    if (!continues || literal != (blocks.back().kind == Block::Kind::literal) || line.starts_with("- "))
      blocks.push_back(make_block(line));
    else
      blocks.back().text += literal ? line.substr(literal_indent.size()) + "\n" : " " + line;
    continues = true;
  }
  return blocks;
}

// roff acts on a point at the beginning of a line.
std::string guarded(const std::string& word) { return word.starts_with('.') ? "\\&" + word : word; }

std::string without_marks(std::string_view text) { return replace_all(std::string(text), "`", ""); }

// Each word with its own font: a line may end anywhere.
std::string inline_roff(std::string_view text) {
  std::vector<std::string> words;
  bool typed = false;
  for (const std::string& word : split_whitespace(text)) {
    std::string out = typed ? "\\fB" : "";
    for (const char c : word) {
      if (c != '`') {
        out += roff_character(c);
        continue;
      }
      typed = !typed;
      out += typed ? "\\fB" : "\\fR";
    }
    words.push_back(guarded(typed ? out + "\\fR" : out));
  }
  return wrap(words, 0, 0, roff_width);
}

std::string literal_roff(std::string_view text) {
  std::string out = ".PP\n.RS 4\n.EX\n";
  for (const std::string& line : split_lines(text)) out += roff(line) + "\n";
  return out + ".EE\n.RE\n";
}

}  // namespace

std::vector<MarkupSection> split_sections(std::string_view markup) {
  std::vector<MarkupSection> sections(1);
  for (const std::string& line : split_lines(markup)) {
    if (line.starts_with("# "))
      sections.push_back({line.substr(2), {}});
    else
      sections.back().text += line + "\n";
  }
  for (MarkupSection& section : sections) {
    const std::size_t begin = section.text.find_first_not_of('\n');
    section.text.erase(0, std::min(begin, section.text.size()));
  }
  if (sections.front().text.empty()) sections.erase(sections.begin());
  return sections;
}

std::string markup_to_roff(std::string_view markup) {
  std::string out;
  for (const Block& block : blocks_of(markup)) {
    switch (block.kind) {
      case Block::Kind::paragraph:
        if (!out.empty()) out += ".PP\n";
        out += inline_roff(block.text) + "\n";
        break;
      case Block::Kind::item:
        out += fmt::format(".TP\n{}\n{}\n", inline_roff(block.term), inline_roff(block.text));
        break;
      case Block::Kind::literal:
        out +=
            out.empty() ? literal_roff(block.text).substr(std::string_view(".PP\n").size()) : literal_roff(block.text);
        break;
    }
  }
  return out;
}

std::string markup_to_plain(std::string_view markup, std::size_t width) {
  constexpr std::size_t item_indent = 6;
  std::string out;
  for (const Block& block : blocks_of(markup)) {
    const std::string text = without_marks(block.text);
    switch (block.kind) {
      case Block::Kind::paragraph:
        out += fmt::format("  {}\n", wrap(split_whitespace(text), 2, 2, width));
        break;
      case Block::Kind::item:
        out += fmt::format("  {}\n{}{}\n", without_marks(block.term), std::string(item_indent, ' '),
                           wrap(split_whitespace(text), item_indent, item_indent, width));
        break;
      case Block::Kind::literal:
        for (const std::string& line : split_lines(block.text)) out += fmt::format("    {}\n", line);
        break;
    }
  }
  return out;
}

std::string roff_lines(std::string_view text) {
  std::vector<std::string> words;
  for (const std::string& word : split_whitespace(roff(text))) words.push_back(guarded(word));
  return wrap(words, 0, 0, roff_width);
}

}  // namespace barman::usage
