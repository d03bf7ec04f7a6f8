"""How long the graph takes: SCons reads SConstruct, and build.ninja is written."""

import sys

from measure import ROOT, interleaved, lkgr, median, ratio, run, say

from muslfall.build import graph
from muslfall.pins import variant

#: Seconds.
TARGET = 2.0
ROUNDS = 5


def main() -> None:
    lkgr()
    command = ["/bin/sh", "-c", graph.regenerate_command(variant.choose(ROOT, {}))]
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    made = median(interleaved({"regenerate": lambda: run(command)}, rounds)["regenerate"])
    say("regeneration", made)
    ratio("regeneration, wall, / 2 s", made.wall / TARGET, 1)
    ratio("regeneration, CPU, / 2 s", made.cpu / TARGET, 1)


if __name__ == "__main__":
    main()
