"""Rules about the papers: what READMEs and docs/architecture.md say must be there, and what the code cites must stand in them.

Each rule is a function from a Tree to findings; self_test.py sees each fail.
"""
import fnmatch
import re
from dataclasses import dataclass

from rules import FOLDERS, Finding

ARCHITECTURE = "docs/architecture.md"
BREAKAGES = "tests/pipeline/README.md"
RULES = []


@dataclass
class Tree:
    files: set   # every file of the project, relative to the repository, with /
    texts: dict  # path → text, of sources and Markdown

    def folders(self):
        found = set()
        for path in self.files:
            parts = path.split("/")[:-1]
            found.update("/".join(parts[:end]) for end in range(1, len(parts) + 1))
        return found

    def has(self, path):
        return path in self.files or path.rstrip("/") in self.folders()

    def tests(self):
        names = set()
        for path, text in self.texts.items():
            if path.startswith("tests/") and path.endswith(".cpp"):
                names.update(re.findall(r"\bTEST(?:_F|_P)?\(\s*\w+,\s*(\w+)\s*\)", text))
        return names


def rule(name):
    def register(function):
        RULES.append((name, function))
        return function

    return register


def check(tree):
    for name, function in RULES:
        for path, line, text in function(tree):
            yield Finding(path, line, name, text)


def words(text, pattern):
    """(line, match) of each match in the text."""
    for match in re.finditer(pattern, text, re.M):
        yield text.count("\n", 0, match.start()) + 1, match


@rule("invariants")
def invariants(tree):
    """An invariant that code speaks of is listed in docs/architecture.md."""
    listed = set(re.findall(r"^- \*\*(I[0-9]+) ", tree.texts.get(ARCHITECTURE, ""), re.M))
    for path, text in tree.texts.items():
        for line, match in words(text, r"(?<![\w\"'.])I[0-9]{1,2}(?![0-9A-Za-z\"'])"):
            if match.group(0) not in listed:
                yield path, line, f"{match.group(0)} is not listed in {ARCHITECTURE}"


@rule("citations")
def citations(tree):
    """A comment says the thing itself, or points into docs/: nobody else has the paper whose paragraph it cites."""
    for path, text in tree.texts.items():
        for line, match in words(text, r"§ ?[0-9]+|\b(?:STYLE|house) rule [0-9]+|\bARCHITECTURE\b"):
            yield path, line, f"cites {match.group(0)}, which is not in the project"


@rule("named-files")
def named_files(tree):
    """A file or folder that docs/architecture.md names is there."""
    for line, match in words(tree.texts.get(ARCHITECTURE, ""), r"`((?:[\w.-]+/)+[\w.-]*)`"):
        if not tree.has(match.group(1)):
            yield ARCHITECTURE, line, f"{match.group(1)} is not there"


@rule("named-tests")
def named_tests(tree):
    """A test that is said to guard something exists."""
    tests = tree.tests()
    text = tree.texts.get(ARCHITECTURE, "")
    for line, match in words(text, r"\bTests?:((?:[^.]|\.(?=\w))*)"):
        for name in re.findall(r"`(\w+)`", match.group(1)):
            if name not in tests:
                yield ARCHITECTURE, line, f"there is no test {name}"
    for line, match in words(tree.texts.get(BREAKAGES, ""), r"^\|[^|]*\|[^|]*\|([^|]*)\|$"):
        for name in re.findall(r"`(\w+)`", match.group(1)):
            if name not in tests:
                yield BREAKAGES, line, f"there is no test {name}"


@rule("readme")
def readme(tree):
    """A folder has a README, or the README of the folder above names it (`name/`). Below tests/, bench/ and examples/ it is the tree that explains."""
    for folder in sorted(tree.folders()):
        if not (folder + "/").startswith(FOLDERS) or folder.count("/") and folder.startswith(("tests/", "bench/", "examples/")):
            continue
        above, _, name = folder.rpartition("/")
        if folder + "/README.md" not in tree.files and f"`{name}/`" not in tree.texts.get(above + "/README.md" if above else "README.md", ""):
            yield folder, 1, f"no README.md, and {above or 'the'}/README.md does not name `{name}/`"


@rule("readme-names")
def readme_names(tree):
    """The README of a folder names every file pair that lies in it: `part.hpp`, `part.*`, `part`, or by a pattern, `fake*`."""
    for path, text in tree.texts.items():
        folder, _, file = path.rpartition("/")
        if file != "README.md" or not path.startswith(FOLDERS) or path.startswith(("tests/", "bench/", "examples/")):
            continue
        named = [re.sub(r"\.(hpp|cpp|\*)$", "", name) for _, match in words(text, r"`([^`/\n]+)`") for name in [match.group(1)]]
        stems = {name.rpartition("/")[2][:-4] for name in tree.files if name.rpartition("/")[0] == folder and name.endswith((".hpp", ".cpp"))}
        for stem in sorted(stems):
            if not any(fnmatch.fnmatchcase(stem, name) for name in named):
                yield path, 1, f"does not name {stem}.*"
