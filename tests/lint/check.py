#!/usr/bin/env python3
"""check.py [ROOT]: holds every C++ file of the project against the house rules. Exit code 1 when one is broken."""
import pathlib
import subprocess
import sys

sys.dont_write_bytecode = True
import rules


def sources(root):
    listed = subprocess.run(["git", "-C", str(root), "ls-files", "--cached", "--others", "--exclude-standard", "--", "*.cpp", "*.hpp"],
                            capture_output=True, text=True)
    if listed.returncode == 0:
        names = listed.stdout.split("\n")
    else:  # a source archive has no git
        names = [str(path.relative_to(root)) for kind in ("*.cpp", "*.hpp") for path in root.rglob(kind)]
    for name in sorted({name for name in names if name and not name.startswith("build/")}):
        path = root / name
        if path.is_file():
            yield rules.Source(name, path.read_text(encoding="utf-8"))


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2]).resolve()
    files = list(sources(root))
    rules.find_heavy(files)
    findings = [finding for source in files for finding in rules.check(source)]
    for finding in findings:
        print(finding)
    errors = sum(not finding.warning for finding in findings)
    print(f"{len(files)} files, {len(rules.RULES)} rules, {errors} errors, {len(findings) - errors} warnings")
    return 1 if errors or not files else 0


if __name__ == "__main__":
    sys.exit(main())
