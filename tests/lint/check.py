#!/usr/bin/env python3
"""check.py [ROOT]: holds every C++ file of the project, and its papers, against the house rules. Exit code 1 when one is broken."""
import pathlib
import subprocess
import sys

sys.dont_write_bytecode = True
import papers
import rules


def files(root):
    listed = subprocess.run(["git", "-C", str(root), "ls-files", "--cached", "--others", "--exclude-standard"], capture_output=True, text=True)
    if listed.returncode == 0:
        names = listed.stdout.split("\n")
    else:  # a source archive has no git
        names = [str(path.relative_to(root)) for path in root.rglob("*")]
    return {name for name in names if name and not name.startswith("build/") and (root / name).is_file()}


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2]).resolve()
    names = files(root)
    texts = {name: (root / name).read_text(encoding="utf-8") for name in sorted(names) if name.endswith((".cpp", ".hpp", ".md"))}
    sources = [rules.Source(name, text) for name, text in texts.items() if not name.endswith(".md")]
    rules.find_heavy(sources)
    findings = [finding for source in sources for finding in rules.check(source)]
    findings += papers.check(papers.Tree(names, texts))
    for finding in findings:
        print(finding)
    errors = sum(not finding.warning for finding in findings)
    print(f"{len(sources)} files, {len(rules.RULES) + len(papers.RULES)} rules, {errors} errors, {len(findings) - errors} warnings")
    return 1 if errors or not sources else 0


if __name__ == "__main__":
    sys.exit(main())
