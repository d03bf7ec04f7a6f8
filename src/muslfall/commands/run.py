"""Run a program against a libc, in V8, in wasmtime or in Chromium.

The first module is the program, the others are the libraries that it is linked with. If none is
given, they are those that it names itself, looked for beside the module that needs them, then in
the folders of -L; musl.wasm is the last known good build's, and so is the loader for V8, wasm.js,
unless there is one beside the musl.wasm of --libc. A program of musl-clang --static has all in it,
and no library is loaded. Words behind -- are the program's arguments. The program sees the folders
given with --dir and the variables given with --env, no others. In d8, which is node, a link to a
folder outside that was in there before is a way out: node's WASI is no sandbox; wasmtime's is.
Where no --dir gives them, /tmp and /dev/shm are in memory. The exit status is the program's; 127 if
it cannot be loaded, 134 after a wasm trap.

--host chromium runs it in a page of Chromium, without a window ($MUSLFALL_CHROMIUM, else chromium
or google-chrome on PATH); there the folders of --dir can be read, but not written to. With --host
all it runs in d8, in wasmtime and, if there is one, in Chromium, each with all of stdin, one after
the other; a difference in output or status is an error.
"""

from __future__ import annotations

import argparse
import difflib
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from muslfall import ROOT
from muslfall.base.errors import MuslfallError, UsageError
from muslfall.hosts import browser
from muslfall.hosts import command as host
from muslfall.hosts import engines as hosts_engines
from muslfall.hosts import libraries as needed
from muslfall.hosts.engines import ALL, HOSTS

EXAMPLE = "./muslfall run out/lkgr/programs/text.wasm --env HOME=/ -- one two"
#: What stands behind -- is the program's.
SPLIT = True
MUSL = Path("out/lkgr/musl.wasm")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = (
        "muslfall run PROGRAM.wasm [LIBRARY.wasm ...] [--host HOST] [--dir HOST[::GUEST]]\n"
        "                    [--env NAME=VALUE] [--kernel PATH] [--strict] [--stats]\n"
        "                    [--trace] [--no-cache] [-L FOLDER] [--libc PATH] [-- ARGUMENT ...]"
    )
    parser.add_argument("program", metavar="PROGRAM.wasm", help="the module that has main")
    parser.add_argument("libraries", nargs="*", metavar="LIBRARY.wasm", help="default: as above")
    parser.add_argument("--host", choices=(*ALL, "all"), default="d8", help="default: d8")
    parser.add_argument(
        "--dir",
        action="append",
        default=[],
        metavar="HOST[::GUEST]",
        help="a folder that the program sees, under the name GUEST",
    )
    parser.add_argument(
        "--env", action="append", default=[], metavar="NAME=VALUE", help="a variable of its own"
    )
    parser.add_argument(
        "-L",
        action="append",
        default=[],
        type=Path,
        metavar="FOLDER",
        dest="folders",
        help="where libraries are that the program names",
    )
    parser.add_argument("--libc", type=Path, help=f"default: {MUSL}")
    parser.add_argument("--kernel", type=Path, help="default: kernel.wasm beside the libc")
    parser.add_argument(
        "--strict", action="store_true", help="a missing function is an error, not a stub"
    )
    parser.add_argument(
        "--stats", action="store_true", help="times, memory and system calls, on stderr"
    )
    parser.add_argument("--trace", action="store_true", help="system calls, as strace writes them")
    parser.add_argument(
        "--debug",
        action="append",
        default=[],
        metavar="FOLDER",
        help="where unstripped twins of modules are, for the stack of a trap",
    )
    parser.add_argument(
        "--no-cache", action="store_true", help="compile anew what an earlier run compiled"
    )


@dataclass(frozen=True)
class Outcome:
    """The outcome of a program on a host. status: as a shell has it, 128 + n for a signal n."""

    status: int
    stdout: bytes
    stderr: bytes


def run(args: argparse.Namespace) -> int:
    told = options(args)
    check(told)
    libraries = args.libraries or needed.libraries(
        Path(args.program), args.libc or default_library(), args.folders
    )
    check_libraries(args)
    if args.libraries and names_libc(args):
        libraries = [*args.libraries, args.libc or default_library()]
    hosts = all_hosts() if args.host == "all" else (args.host,)
    engines = hosts_engines.engines(
        hosts, hosts_engines.find_loader([args.libc] if args.libc else [])
    )
    commands = {name: host.command(name, engines, args.program, libraries, told) for name in hosts}
    if args.host != "all":
        execute(commands[args.host])
    stdin = standard_input()
    return compare({name: capture(command, stdin) for name, command in commands.items()})


def check_libraries(args: argparse.Namespace) -> None:
    """Raises UsageError: a library is no file; it may be an argument of the program."""
    for path in args.libraries:
        if not os.path.exists(path):
            hint = "the program's own arguments stand behind --: " + EXAMPLE
            raise UsageError("is no library", path, hint)


def names_libc(args: argparse.Namespace) -> bool:
    """Whether the program, or a library, names the libc, and the command line does not."""
    libc = (args.libc or MUSL).name
    given = [Path(path) for path in (args.program, *args.libraries)]
    return all(path.name != libc for path in given) and any(
        libc in needed.names(path) for path in given
    )


def all_hosts() -> tuple[str, ...]:
    """Every host that there is; Chromium is the machine's, and may be missing."""
    return ALL if browser.find() else HOSTS


def options(args: argparse.Namespace) -> host.Options:
    """The options of the loader."""
    return host.Options(
        tuple(args.dir),
        tuple(args.env),
        tuple(args.arguments),
        args.kernel,
        args.strict,
        args.stats,
        args.no_cache,
        args.trace,
        tuple(args.debug),
    )


def check(options: host.Options) -> None:
    """Raises UsageError for what no loader would take."""
    for pair in options.env:
        if "=" not in pair or pair.startswith("="):
            raise UsageError("is not NAME=VALUE", f"--env {pair}", EXAMPLE)
    for text in (*options.env, *options.arguments):
        if any("\ud800" <= character < "\ue000" for character in text):
            raise UsageError("is not UTF-8, which WASI takes alone", repr(os.fsencode(text)))
    for folder in options.dirs:
        if not folder or folder.startswith("::"):
            raise UsageError("is not HOST[::GUEST]", f"--dir {folder}", EXAMPLE)


def default_library() -> Path:
    """musl.wasm of the last known good build. Raises MuslfallError: it was not built."""
    path = ROOT / MUSL
    if not path.exists():
        raise MuslfallError("is not built, and no library is given", MUSL, "./muslfall build")
    return path


def shell_status(returncode: int) -> int:
    """A child's exit status as a shell has it."""
    return returncode if returncode >= 0 else 128 - returncode


def execute(command: host.Command) -> NoReturn:
    """Become the host: streams, signals and the exit status are the program's own."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:  # it is closed
            stream.flush()
    os.execve(command.argv[0], command.argv, command.env)


def standard_input() -> bytes:
    """The input of every host: all of our input, unless it is a terminal."""
    return b"" if sys.stdin is None or sys.stdin.isatty() else sys.stdin.buffer.read()


def capture(command: host.Command, stdin: bytes) -> Outcome:
    """Run with that input."""
    done = subprocess.run(command.argv, env=command.env, input=stdin, capture_output=True)
    return Outcome(shell_status(done.returncode), done.stdout, done.stderr)


def compare(outcomes: dict[str, Outcome]) -> int:
    """Pass on what the hosts agree on. Raises MuslfallError if they do not."""
    (first, expected), *others = outcomes.items()
    problems = []
    for name, outcome in others:
        problems += differences(first, expected, name, outcome)
    if problems:
        raise MuslfallError("the hosts differ", problems=problems)
    sys.stdout.flush()
    sys.stdout.buffer.write(expected.stdout)
    sys.stdout.buffer.flush()
    sys.stderr.buffer.write(expected.stderr)
    return expected.status


def differences(left: str, expected: Outcome, right: str, outcome: Outcome) -> list[str]:
    """The differences between the outcomes of two hosts, each in some lines."""
    found = []
    if expected.status != outcome.status:
        statuses = f"status {expected.status} in {left}, {outcome.status} in {right}"
        found.append("\n".join([statuses, *said(left, expected), *said(right, outcome)]))
    if expected.stdout != outcome.stdout:
        texts = [lines(item.stdout) for item in (expected, outcome)]
        found.append("\n".join(difflib.unified_diff(*texts, left, right, lineterm="")))
    return found


def said(name: str, outcome: Outcome) -> list[str]:
    """A host's stderr, each line with the host's name."""
    return [f"{name}: {line}" for line in lines(outcome.stderr)]


def lines(content: bytes) -> Sequence[str]:
    """The lines of a text, whatever is not plain UTF-8 escaped, and a missing end noted."""
    text = content.decode("utf-8", "backslashreplace")
    found = text.replace("\r", "\\r").split("\n")
    if found[-1] == "":
        return found[:-1]
    return [*found, "(no newline at the end)"]
