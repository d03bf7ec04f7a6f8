"""`./muslfall build` when nothing has changed, against bare ninja on the same graph."""

import sys

from measure import NINJA, interleaved, lkgr, median, ratio, run, say

ROUNDS = 15


def main() -> None:
    run(["./muslfall", "build"])
    ninja_file = f"{lkgr()}/build.ninja"
    samples = interleaved(
        {
            "./muslfall build": lambda: run(["./muslfall", "build"]),
            "ninja": lambda: run([NINJA, "-f", ninja_file]),
        },
        int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS,
    )
    ours, bare = (median(side) for side in samples.values())
    say("./muslfall build", ours)
    say("ninja", bare)
    ratio("no-op, wall, / ninja", ours.wall / bare.wall, 5)
    ratio("no-op, CPU, / ninja", ours.cpu / bare.cpu, 5)


if __name__ == "__main__":
    main()
