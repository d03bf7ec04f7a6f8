"""An edit of one file of the port: seconds to the new musl.wasm, what runs for it, and why.

It happens in a clone of the checkout and of what is built in it.
"""

import re
import subprocess
import sys
from pathlib import Path

from measure import NINJA, ROOT, folder, lkgr, median, package, package_env, run, say

from muslfall.diff import twice

FILE = "arch/wasm32/src/time/timer_create.c"
ROUNDS = 3


def edit(path: Path, turn: int) -> None:
    """A change that reaches musl.wasm: another datum."""
    with path.open("a", encoding="utf-8") as file:
        file.write(f"int __edit_{turn} = {turn};\n")


def main() -> None:
    out = lkgr()
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    with folder() as top:
        clone = top / "clone"
        twice.twin(ROOT, clone, out)
        run(package(clone, "build"), clone, package_env())
        argv = [NINJA, "-f", f"{out}/build.ninja", f"{out}/musl.wasm"]
        samples = []
        for turn in range(rounds):
            edit(clone / FILE, turn)
            samples.append(run(argv, clone))
        edit(clone / FILE, rounds)
        argv += ["-d", "explain"]
        said = subprocess.run(argv, cwd=clone, check=True, capture_output=True, text=True)
    lines = (said.stdout + said.stderr).splitlines()
    steps = [line for line in lines if re.match(r"\[\d+/\d+\] ", line)]
    say(f"{FILE} to musl.wasm", median(samples))
    print(f"{len(steps)} commands:", *steps, sep="\n  ")
    print("because (-d explain):")
    print(*(f"  {line}" for line in lines if line not in steps), sep="\n")


if __name__ == "__main__":
    main()
