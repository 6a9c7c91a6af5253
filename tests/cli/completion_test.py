#!/usr/bin/env python3
"""completion_test.py WEIR: the scripts of `weir completion SHELL`, sourced by the shells themselves.

bash must be there; zsh and fish are skipped aloud where they are not.
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile

# The words of a command line, the last being written, and what must and must not be offered.
CASES = [
    (["gra"], ["graph"], ["groups"]),
    (["topics", ""], ["ls", "tail", "produce"], ["run"]),
    (["graph", "--format", "m"], ["mermaid"], ["dot"]),
    (["list", "s"], ["sources", "stages", "sinks"], ["connections"]),
    (["run", "--until"], ["--until-idle"], ["--data-dir"]),
    (["lint", "pipe"], ["pipelines with blank.yaml", "pipelines.yaml"], ["other.yaml"]),
    (["run", "--data-dir", ""], ["folder"], ["pipelines.yaml"]),
]

# Completes by hand as the shell would, and prints the offers.
BASH = """
source <("$1" completion bash) || exit 1
shift
COMP_WORDS=(weir "$@"); COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))
complete -p weir >/dev/null || exit 1
_weir
printf '%s\\n' "${COMPREPLY[@]}"
"""
ZSH = """
autoload -Uz compinit && compinit -u -D
source <("$1" completion zsh) || exit 1
shift
words=(weir "$@"); CURRENT=$#words
_describe() { print -l -- "${(@P)4%%:*}"; }
_files() { if [[ $1 == -/ ]]; then print -l -- *(/); else print -l -- "${words[CURRENT]}"*; fi }
_weir
"""


def bash(weir, words, folder):
    # With weir on the PATH, as it is for whoever types it.
    return subprocess.run(["bash", "--norc", "-c", BASH, "bash", weir, *words], cwd=folder, capture_output=True, text=True,
                          env={"PATH": f"{pathlib.Path(weir).parent}:/usr/bin:/bin"}, timeout=20)


def zsh(weir, words, folder):
    return subprocess.run(["zsh", "-f", "-c", ZSH, "zsh", weir, *words], cwd=folder, capture_output=True, text=True,
                          env={"PATH": f"{pathlib.Path(weir).parent}:/usr/bin:/bin", "HOME": folder}, timeout=20)


def fish(weir, words, folder):
    line = " ".join(["weir", *words])
    script = f"source ({weir} completion fish | psub); complete -C '{line}'"
    return subprocess.run(["fish", "--no-config", "-c", script], cwd=folder, capture_output=True, text=True,
                          env={"PATH": f"{pathlib.Path(weir).parent}:/usr/bin:/bin", "HOME": folder}, timeout=20)


def main():
    weir = str(pathlib.Path(sys.argv[1]).resolve())
    wrong = []
    ran = []
    with tempfile.TemporaryDirectory() as folder:
        for name in ("pipelines.yaml", "pipelines with blank.yaml", "other.yaml"):
            (pathlib.Path(folder) / name).touch()
        (pathlib.Path(folder) / "folder").mkdir()
        for shell in (bash, zsh, fish):
            if shutil.which(shell.__name__) is None:
                print(f"SKIPPED: {shell.__name__} is not installed, its completion was not tried")
                if shell is bash:
                    return 1
                continue
            ran.append(shell.__name__)
            for words, must, must_not in CASES:
                done = shell(weir, words, folder)
                offers = {line.split("\t")[0].rstrip("/") for line in done.stdout.splitlines()}
                if done.returncode != 0 or not set(must) <= offers or offers & set(must_not):
                    wrong.append(f"{shell.__name__}, weir {' '.join(words)}: offers {sorted(offers)}\n{done.stderr}")
    print("\n".join(wrong) if wrong else f"{', '.join(ran)}: {len(CASES)} command lines are completed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
