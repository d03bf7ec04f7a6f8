"""A compiler's command line, as clang and gcc take it: what is to be made, of what, and how."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from muslfall.base.errors import UsageError
from muslfall.driver import clang_options, linker_options

#: Options that end before the link.
NO_LINK = frozenset(
    [
        "-c",
        "-S",
        "-E",
        "-M",
        "-MM",
        "-fsyntax-only",
        "--analyze",
        "--precompile",
        "-emit-ast",
    ]
)
#: Questions that clang answers without an input.
QUESTIONS = ("--version", "--help", "-help", "-dumpversion", "-dumpmachine", "-print-", "--print-")
#: Options that mean nothing here: there is one way to link, and one thread.
IGNORED = frozenset([
    "-pie", "-no-pie", "-nopie", "-static-libgcc", "-shared-libgcc", "-nostartfiles", "-pthread",
    "-pthreads", "-threads",
])  # fmt: skip
#: Symbols have no versions in wasm: what a version script gives one stays without it. What it makes
#: local is exported, and yet nobody else's is called instead of it (`interposition`).
VERSION_SCRIPTS = frozenset(["--version-script", "-version-script"])
DYNAMIC_LISTS = frozenset(["--dynamic-list", "-dynamic-list"])
#: A library uses what it defines itself; all but the first are about functions alone. wasm-ld knows
#: the first, but not for weak functions: a loader does it.
BOUND = frozenset([
    "-Bsymbolic", "-Bsymbolic-functions", "-Bsymbolic-non-weak", "-Bsymbolic-non-weak-functions",
])  # fmt: skip
#: What a linker is asked without an input.
LINKER_QUESTIONS = frozenset(["--version", "-v", "-V", "--help"])
SONAMES = frozenset(["-soname", "--soname", "-h"])
#: Endings of files that are compiled; every other input is the linker's.
SOURCES = {
    ".c": "c",
    ".i": "cpp-output",
    ".ll": "ir",
    ".bc": "ir",
    ".s": "assembler",
    ".S": "assembler-with-cpp",
    ".sx": "assembler-with-cpp",
    ".h": "c-header",
}
FOREIGN = (".cc", ".cpp", ".cxx", ".c++", ".C", ".CPP", ".cp", ".ii", ".m", ".mm", ".f", ".f90")


@dataclass(frozen=True)
class Input:
    """A file or library of the command line.

    kind: "source", "object" (any file that goes to the linker), "library" (-l), or "flag" (a word
    for the linker, which keeps its place among the others).
    name: the path, the library's name without -l, or the word.
    language: of a source, in -x's words.
    """

    kind: str
    name: str
    language: str = ""


@dataclass
class Invocation:
    """A parsed command line.

    compile_flags: for clang, in their order, -o and the inputs left out.
    inputs: sources, objects, libraries and linker words, in their order.
    no_link: the option that ends before the link, if there is one. output: -o's, or None.
    soname: the name under which programs need a shared library, or None.
    link: "program", "shared" (-shared) or "object" (-r). static: one module with all in it.
    is_bound: a library's own names are bound, but for those in the files dynamic_lists and, if
    is_data_open, those of data.
    version_scripts: files that say which names are for others.
    """

    compile_flags: list[str] = field(default_factory=list)
    inputs: list[Input] = field(default_factory=list)
    library_dirs: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    linker_questions: list[str] = field(default_factory=list)
    output: str | None = None
    soname: str | None = None
    no_link: str | None = None
    link: str = "program"
    static: bool = False
    standard_includes: bool = True
    standard_libraries: bool = True
    allow_undefined: bool = False
    no_undefined: bool = False
    verbose: bool = False
    dry: bool = False
    language: str | None = None
    is_bound: bool = False
    is_data_open: bool = False
    dynamic_lists: list[str] = field(default_factory=list)
    version_scripts: list[str] = field(default_factory=list)

    def sources(self) -> list[Input]:
        return [item for item in self.inputs if item.kind == "source"]

    def has_flag(self, *names: str) -> bool:
        return any(flag in names for flag in self.compile_flags)


def expand(words: Sequence[str]) -> Iterator[str]:
    """The words, with those of response files (@FILE) in their place."""
    for word in words:
        path = word[1:]
        if word.startswith("@") and os.path.isfile(path):
            with open(path, encoding="utf-8") as file:
                yield from expand(shlex.split(file.read()))
        else:
            yield word


def parse(words: Sequence[str]) -> Invocation:
    """Read a command line.

    Raises UsageError: a value is missing, or it asks for what is not here.
    """
    invocation = Invocation()
    queue = list(expand(words))[::-1]

    def value(option: str) -> str:
        if not queue:
            raise UsageError(f"{option} needs a value")
        return queue.pop()

    while queue:
        word = queue.pop()
        if word == "-" or not word.startswith("-"):
            _add_input(invocation, word)
        elif not (_about_output(invocation, word, value) or _about_link(invocation, word, value)):
            invocation.compile_flags.append(word)
            count = clang_options.separate().get(word, 0)
            invocation.compile_flags += [value(word) for _ in range(count)]
    if invocation.static and invocation.link == "shared":
        raise UsageError(
            "-static makes a program of all its parts, -shared one of the parts",
            hint="leave one of them out",
        )
    if invocation.link == "object":
        invocation.standard_libraries = False
    return invocation


def _add_input(invocation: Invocation, path: str) -> None:
    suffix = os.path.splitext(path)[1]
    language = invocation.language or SOURCES.get(suffix)
    if not invocation.language and suffix in FOREIGN:
        raise UsageError("this compiler driver is for C", path)
    if language is None and path == "-":
        language = "c"
    kind = "source" if language else "object"
    invocation.inputs.append(Input(kind, path, language or ""))


def _about_output(invocation: Invocation, word: str, value: Callable[[str], str]) -> bool:
    """Take an option that says what is to be made."""
    if word.startswith("-o"):
        invocation.output = word[2:] or value(word)
    elif word.startswith("-x"):
        language = word[2:] or value(word)
        if language.startswith(("c++", "objective-c")):
            raise UsageError("this compiler driver is for C", f"-x {language}")
        invocation.language = None if language == "none" else language
    elif word in NO_LINK:
        invocation.no_link = word
        invocation.compile_flags.append(word)
    elif word.startswith(QUESTIONS):
        invocation.questions.append(word)
    elif word in ("-v", "-###"):
        invocation.verbose, invocation.dry = True, invocation.dry or word == "-###"
    elif word in ("-target", "--target") or word.startswith("--target="):
        _check_target(word.partition("=")[2] or value(word))
    elif word == "-nostdinc":
        invocation.standard_includes = False
    else:
        return False
    return True


def _check_target(target: str) -> None:
    if not target.startswith("wasm32"):
        raise UsageError("this compiler driver is for wasm32", target)


def _about_link(invocation: Invocation, word: str, value: Callable[[str], str]) -> bool:
    """Take an option that the link is about."""
    add = invocation.inputs.append
    if word.startswith("-L"):
        invocation.library_dirs.append(word[2:] or value(word))
    elif word.startswith("-l"):
        add(Input("library", word[2:] or value(word)))
    elif word.startswith("-Wl,") or word == "-Xlinker":
        words = _for_linker(word, value)
        while linker_options.wants_word(words[-1]):
            words += _for_linker(value(word), value)  # as libtool: -Wl,-soname -Wl,libx.so.1
        _linker_words(invocation, words)
    elif word in ("-z", "-u", "-e"):
        _linker_words(invocation, [word, value(word)])
    elif word in ("-shared", "-r"):
        invocation.link = "shared" if word == "-shared" else "object"
    elif word in ("-rdynamic", "-s"):
        add(Input("flag", {"-rdynamic": "--export-dynamic", "-s": "--strip-all"}[word]))
    elif word in ("-nostdlib", "-nodefaultlibs", "-nolibc"):
        invocation.standard_libraries = False
    elif word in ("-static", "--static", "-static-pie"):
        invocation.static = True
    else:
        return word in IGNORED or word.startswith("-fuse-ld=")
    return True


def _for_linker(word: str, value: Callable[[str], str]) -> list[str]:
    """The words for the linker in an option -Wl,WORD,... or -Xlinker WORD."""
    return [value(word)] if word == "-Xlinker" else word.removeprefix("-Wl,").split(",")


def _linker_words(invocation: Invocation, words: list[str]) -> None:
    """Words for the linker: those about undefined symbols are ours, GNU ld's habits nobody's."""
    rest = iter(words)
    for word in rest:
        name, equals, value = word.partition("=")
        if word == "--allow-undefined" or word.startswith("--unresolved-symbols=ignore"):
            invocation.allow_undefined = True
        elif word in ("--no-undefined", "defs"):
            invocation.no_undefined = True
        elif name in SONAMES:
            invocation.soname = value if equals else next(rest, None)
        elif name in VERSION_SCRIPTS | DYNAMIC_LISTS:
            file = value if equals else next(rest, "")
            lists = invocation.version_scripts
            if name in DYNAMIC_LISTS:
                lists = invocation.dynamic_lists
                invocation.is_bound = True
            lists.append(file)
        elif word in BOUND:
            invocation.is_bound = True
            invocation.is_data_open = word != "-Bsymbolic"
        elif word == "-z":
            keyword = next(rest, "")
            if keyword == "defs":
                invocation.no_undefined = True
            elif not _is_settled(f"z:{keyword.partition('=')[0]}", f"-z {keyword}"):
                invocation.inputs += [Input("flag", "-z"), Input("flag", keyword)]
        elif name.lstrip("-") in ("rpath", "R"):
            if not equals:
                next(rest, None)
        elif _is_settled(word, word):
            if linker_options.wants_word(word):
                next(rest, None)
        elif word in LINKER_QUESTIONS:
            invocation.linker_questions.append(word)
        else:
            invocation.inputs.append(Input("flag", word))


def _is_settled(name: str, word: str) -> bool:
    """Whether an option means nothing here. Raises UsageError: the table refuses it."""
    key = name if name.startswith("z:") else ""
    option = linker_options.table().get(key) if key else linker_options.find(name)
    if option is None:
        return False
    if option.action == "refuse":
        raise UsageError(f"the linker cannot do this: {option.reason}", word)
    return option.action == "ignore"
