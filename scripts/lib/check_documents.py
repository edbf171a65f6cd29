#!/usr/bin/env python3
"""Holds the documents together: what comments, tests and pages refer to must be there.

- a page named in a comment or script, and the section that it names
- the id of a difference (D-WAL-03), which must be one row of docs/differences.md
- a relative link of a page, with its heading
- a file of the repository, and a test, that a page names in `code`
- the layers of docs/architecture.md, which must be those of CMakeLists.txt, in their order and with what they use

Prints one line for each reference that leads nowhere, and ends with 1 if there is any.
"""
import glob
import os
import re
import sys

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
SKIPPED = {".git", ".cache", "build", "data", "corpus", "__pycache__"}
PAGE = re.compile(r"[\w./-]*\w\.md\b")
NUMBER = r"\d+(?:\.\d+)*"
SECTIONS = re.compile(r"\s+(?:sections?\s+)?(%s(?:(?:,|,? and|,? to)\s+%s)*)(?![\w-])" % (NUMBER, NUMBER))
DIFFERENCE = re.compile(r"\bD-[A-Z]{3}-\d\d\b")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"(`+)(.+?)\1")
TOP = "bench|cmake|docs|etc|include|packaging|scripts|src|tests"
TESTS = {"unit": ".cpp", "integration": "", "conformance": "", "torture": "", "simulation": "", "fuzz": ".cpp"}


def files():
    for folder, names, leaves in os.walk(ROOT):
        names[:] = sorted(n for n in names if n not in SKIPPED)
        for leaf in sorted(leaves):
            yield os.path.relpath(os.path.join(folder, leaf), ROOT)


def read(path):
    try:
        with open(os.path.join(ROOT, path), encoding="utf-8") as file:
            return file.read()
    except UnicodeDecodeError:
        return ""


def without_blocks(text):
    return re.sub(r"^```.*?^```", lambda m: re.sub(r"[^\n]", "", m.group(0)), text, flags=re.M | re.S)


def slug(heading):
    text = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    return re.sub(r"[^\w -]", "", text.strip().lower()).replace(" ", "-")


class Page:
    def __init__(self, text):
        text = without_blocks(text)
        headings = re.findall(r"^#+\s+(.*)$", text, flags=re.M)
        self.sections = {m.group(1) for m in (re.match(r"(%s)[.\s]" % NUMBER, h) for h in headings) if m}
        self.anchors = {slug(h) for h in headings} | set(re.findall(r'<a id="([^"]+)">', text))


class Checker:
    def __init__(self):
        self.all = list(files())
        self.texts = {path: read(path) for path in self.all}
        self.pages = {path: Page(text) for path, text in self.texts.items() if path.endswith(".md")}
        rows = re.findall(r"^\| <a id=\"(.*?)\"></a>(D-[A-Z]{3}-\d\d) \|", self.texts["docs/differences.md"], flags=re.M)
        self.differences = {row for _, row in rows}
        self.faults = []
        for anchor, row in rows:
            if anchor != row.lower() or sum(other == row for _, other in rows) > 1:
                self.fault("docs/differences.md", 1, "%s is not one row with its own anchor" % row)

    def fault(self, path, line, text):
        self.faults.append("%s:%d: %s" % (path, line, text))

    def find_page(self, path, name):
        """The page that a comment means: beside it, in docs/reference or anywhere, by the end of its path."""
        wanted = name.lstrip("./")
        beside = os.path.normpath(os.path.join(os.path.dirname(path), wanted))
        if beside in self.pages:
            return beside
        return next((p for p in self.pages if p == wanted or p.endswith("/" + wanted)), None)

    def check_comments(self, path, text):
        # A reference may be broken over two lines of a comment.
        joined = re.sub(r"\n[ \t]*(?://+|#+)[ \t]?", lambda m: " " * len(m.group(0)), text)
        for match in PAGE.finditer(joined):
            line = text.count("\n", 0, match.start()) + 1
            name = match.group(0).split("../")[-1]
            if joined[match.start() - 1 : match.start()] == "$" and name == match.group(0):
                name = name.partition("/")[2]  # behind a variable of a script
            page = self.find_page(path, name)
            if page is None:
                self.fault(path, line, "no page %s" % match.group(0))
                continue
            named = SECTIONS.match(joined, match.end())
            for number in re.findall(NUMBER, named.group(1)) if named else []:
                if self.pages[page].sections and number not in self.pages[page].sections:
                    self.fault(path, line, "%s has no section %s" % (page, number))

    def check_differences(self, path, text):
        for match in DIFFERENCE.finditer(text):
            if match.group(0) not in self.differences:
                self.fault(path, text.count("\n", 0, match.start()) + 1, "no difference %s" % match.group(0))

    def check_links(self, path, text):
        text = CODE.sub(lambda m: "x" * len(m.group(0)), without_blocks(text))
        for match in LINK.finditer(text):
            target, _, anchor = match.group(1).partition("#")
            if "://" in target or target.startswith("mailto:"):
                continue
            line = text.count("\n", 0, match.start()) + 1
            leads_to = os.path.normpath(os.path.join(os.path.dirname(path), target)) if target else path
            if not os.path.exists(os.path.join(ROOT, leads_to)):
                self.fault(path, line, "the link %s leads nowhere" % match.group(1))
            elif anchor and leads_to in self.pages and anchor not in self.pages[leads_to].anchors:
                self.fault(path, line, "%s has no heading #%s" % (leads_to, anchor))

    def check_named_files(self, path, text):
        text = without_blocks(text)
        for match in CODE.finditer(text):
            name = match.group(2).split()[0] if match.group(2).strip() else ""
            kind = name.split("/")[0]
            if not re.fullmatch(r"[\w./*-]+", name) or "/" not in name:
                continue
            if re.match(r"(%s)/" % TOP, name):
                candidates = [name]
            elif kind in TESTS:
                candidates = ["tests/" + name, "tests/" + name + TESTS[kind]]
            else:
                continue
            if not any(glob.glob(os.path.join(ROOT, candidate)) for candidate in candidates):
                self.fault(path, text.count("\n", 0, match.start()) + 1, "there is no %s" % name)

    def check_layers(self):
        layers = re.findall(r"^barman_layer\((\w+)(.*)\)", self.texts["CMakeLists.txt"], flags=re.M)
        names = [name for name, _ in layers]
        page = self.texts["docs/architecture.md"]
        rows = re.findall(r"^\| (\w+) \| .* \| ([^|]*) \|$", page.partition("## Layers")[2].partition("\n## ")[0], flags=re.M)
        rows = [row for row in rows if row[0] != "layer"]
        if [name for name, _ in rows] != names:
            self.fault("docs/architecture.md", 1, "the layers of CMakeLists.txt are %s" % " ".join(names))
        for name, used in rows:
            wanted = re.search(r" (?:USES|HIDES) .*", dict(layers).get(name, ""))
            wanted = set(re.findall(r"[a-z]\w*", wanted.group(0).split("LIBRARIES")[0].split("PRIVATE_")[0])) if wanted else set()
            if wanted & set(names) != set(re.findall(r"\w+", used)) & set(names):
                self.fault("docs/architecture.md", 1, "%s uses %s" % (name, " ".join(sorted(wanted)) or "nothing"))

    def run(self):
        self.check_layers()
        for path, text in self.texts.items():
            self.check_differences(path, text)
            if path.endswith(".md"):
                self.check_links(path, text)
                self.check_named_files(path, text)
            elif path != os.path.relpath(os.path.realpath(__file__), ROOT):
                self.check_comments(path, text)
        for fault in self.faults:
            print(fault)
        return 1 if self.faults else 0


if __name__ == "__main__":
    sys.exit(Checker().run())
