"""musl-clang: compiles C with the pinned clang, and links it into what musl.wasm is loaded with."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from muslfall.base.errors import MuslfallError, UsageError
from muslfall.driver.invocation import Input, Invocation, parse
from muslfall.driver.tools import LIBC, Runner, Toolchain, ToolError, toolchain

NAME = "musl-clang"
KERNEL = "kernel.wasm"
#: What musl's Makefile (EMPTY_LIB_NAMES) makes empty archives of: the libc has it all.
IN_LIBC = frozenset(
    [
        "c",
        "m",
        "rt",
        "pthread",
        "crypt",
        "util",
        "xnet",
        "resolv",
        "dl",
        "gcc",
        "gcc_s",
    ]
)
#: Endings of a library, in the order of search: shared ones first, as every linker has it.
ENDINGS = (".so", ".wasm", ".a")
STATIC_ENDINGS = (".a",)
FUNCTYPE = "src/muslfall/build/stages/functype.awk"
#: wasm-ld's own flags for every module that the loader can load (SConstruct's LINKFLAGS).
DYNAMIC = (
    "--experimental-pic",
    "--no-entry",
    "--import-memory",
    "--import-table",
    "--export-if-defined=__wasm_call_ctors",
    "--export-if-defined=__wasm_apply_data_relocs",
)
EXPORT = "--export-if-defined={}"
#: main's names: clang gives it the second when it takes arguments.
MAIN = ("--export-if-defined=main", "--export-if-defined=__main_argc_argv")


#: Whether the compiler must take a function that it sees for the one that is called.
SEMANTIC = ("-fsemantic-interposition", "-fno-semantic-interposition")
#: Languages that clang compiles from the start: the others hold its choice already.
COMPILED = ("c", "c-header", "cpp-output")


class Driver:
    """One command line, carried out.

    scratch: the folder of what is made on the way; there when a link needs it.
    """

    def __init__(self, tools: Toolchain, invocation: Invocation) -> None:
        self.tools = tools
        self.invocation = invocation
        self.runner = Runner(invocation.verbose, invocation.dry)
        self.scratch = Path()

    def compiler(self, source: Input, flags: Sequence[str]) -> list[str]:
        """clang's argv for one source; of all flags, what musl needs comes where it must."""
        tools, invocation = self.tools, self.invocation
        position = [] if invocation.static else ["-fPIC"]
        if self.is_open(source):
            position += ["-Xclang", "-fsemantic-interposition"]
        argv = [
            *tools.clang,
            "-fvisibility=default",
            *tools.program,
            *(flag for flag in flags if flag not in SEMANTIC),
            *position,
            f"--target={tools.target}",
        ]
        if invocation.standard_includes:
            argv += [
                "-nostdinc",
                "-isystem",
                str(tools.sysroot / "include"),
                "-isystem",
                str(tools.include),
            ]
        else:
            argv += ["-nostdinc"]
        return [*argv, "-x", source.language, source.name]

    def is_open(self, source: Input) -> bool:
        """Whether another module may have functions instead of the source's, so that the compiler
        must not look into them: gcc's rule for what is for a library. clang has a flag for it, but
        its driver passes none on for wasm."""
        invocation = self.invocation
        given = [flag for flag in invocation.compile_flags if flag in SEMANTIC]
        for_library = invocation.link == "shared" or invocation.has_flag("-fPIC", "-fpic")
        wanted = given[-1] == SEMANTIC[0] if given else True
        return wanted and for_library and not invocation.static and source.language in COMPILED

    def assembler(self, name: str) -> list[str]:
        """clang's argv that assembles its standard input; `name` has the flags that it knows."""
        passed = [flag for flag in self.invocation.compile_flags if flag.startswith("-Wa,")]
        return [
            *self.tools.clang,
            f"--target={self.tools.target}",
            *self.tools.program,
            "-Wno-unused-command-line-argument",
            *passed,
            *self.tools.assemble,
            "-c",
            "-x",
            "assembler",
            "-",
            "-o",
            name,
        ]

    def compile(self, source: Input, flags: Sequence[str], output: str | None) -> None:
        """Compile one source; to `output`, if it is given."""
        if source.language == "assembler" and "-c" in flags:
            default = Path(source.name).with_suffix(".o").name
            filter_argv = ["awk", "-f", str(self.tools.top / FUNCTYPE)]
            argv = self.assembler(output or default)
            return self.runner.filtered(source.name, filter_argv, argv)
        argv = self.compiler(source, flags)
        return self.runner.run([*argv, "-o", output] if output else argv)

    # --- without a link

    def only_compile(self) -> int:
        """Everything up to -c, -S, -E and kin."""
        invocation = self.invocation
        sources = invocation.sources()
        if not sources:
            raise UsageError("no input files")
        if invocation.output and len(sources) > 1:
            raise UsageError(
                f"-o is for one file with {invocation.no_link}, and there are {len(sources)}"
            )
        flags = invocation.compile_flags
        if len(sources) == 1 and sources[0].language != "assembler":
            output = ["-o", invocation.output] if invocation.output else []
            return self.runner.replace([*self.compiler(sources[0], flags), *output])
        for source in sources:
            self.compile(source, flags, invocation.output)
        return 0

    # --- with a link

    def link(self) -> int:
        """Compile what is to be compiled, link all, check the imports."""
        import tempfile

        if not any(item.kind != "flag" for item in self.invocation.inputs):
            raise UsageError("no input files")
        with tempfile.TemporaryDirectory(prefix="musl-clang-") as scratch:
            self.scratch = Path(scratch)
            if self.invocation.static and self.invocation.link == "program":
                self._link_static()
            else:
                self._link()
        return 0

    def _link_static(self) -> None:
        from muslfall.driver import static_link

        words = []
        for number, item in enumerate(self.invocation.inputs):
            word = self.linker_word(number, item)
            words += [] if word is None else [word]
        output = Path(self.invocation.output or "a.out")
        link = static_link.StaticLink(self.tools, self.runner, self.invocation)
        for warning in link.run(words, output):
            print(f"{NAME}: warning: {warning}", file=sys.stderr)

    def _link(self) -> None:
        output = self.invocation.output or "a.out"
        words, modules = self.linker_words()
        libraries = [] if self.runner.dry else self.read_modules(modules)
        argv = [*self.tools.wasm_ld, *self.linker_flags(), *words]
        if self.invocation.standard_libraries:
            argv += [str(self.tools.builtins), str(self.needed_libc(modules))]
        self.write_interposed(argv, output, self.called_back(libraries), words)
        if self.invocation.link != "object" and not self.runner.dry:
            self.check(Path(output), libraries, [Path(word) for word in words])

    def write_interposed(
        self, argv: Sequence[str], output: str, names: Sequence[str], words: Sequence[str]
    ) -> None:
        """Link a program that exports these names, where it has them and they are not hidden, or a
        library that says which of its names are open."""
        from muslfall.driver import check as link_check
        from muslfall.driver import interposition

        invocation = self.invocation
        self.write([*argv, *map(EXPORT.format, names)], output)
        if self.runner.dry or not os.path.isfile(output):
            return
        if invocation.link == "program":
            exported = link_check.read(Path(output)).exports.keys() & set(names)
            hidden = interposition.hidden(map(Path, words), exported) if exported else set()
            if hidden:  # wasm-ld exports a hidden symbol that is asked for
                shown = [name for name in names if name not in hidden]
                self.write([*argv, *map(EXPORT.format, shown)], output)
        elif invocation.link == "shared" and (invocation.is_bound or invocation.version_scripts):
            interposition.bind(Path(output), invocation)

    def write(self, argv: Sequence[str], output: str) -> None:
        """Run the linker, which gives a module the name of its file: a library's is its soname."""
        soname = self.invocation.soname
        if self.invocation.link != "shared" or soname in (None, os.path.basename(output)):
            return self.runner.run([*argv, "-o", output])
        import shutil

        named = self.scratch / "named" / os.path.basename(soname)
        if not self.runner.dry:
            named.parent.mkdir()
        self.runner.run([*argv, "-o", str(named)])
        if not self.runner.dry:
            shutil.move(named, output)

    def linker_flags(self) -> list[str]:
        if self.invocation.link == "object":
            return ["-r"]
        form = ["-shared"] if self.invocation.link == "shared" else ["-pie", *MAIN]
        return [*form, *DYNAMIC, *self.tools.unresolved]

    def linker_words(self) -> tuple[list[str], list[Path]]:
        """The inputs as wasm-ld takes them, in their order, and the shared ones among them."""
        from muslfall.driver import check as link_check

        words: list[str] = []
        modules: list[Path] = []
        for number, item in enumerate(self.invocation.inputs):
            word = self.linker_word(number, item)
            if word is None:
                continue
            words.append(word)
            if item.kind in ("object", "library") and link_check.is_shared(Path(word)):
                modules.append(Path(word))
                words[-1] = self.by_soname(number, Path(word))
                if Path(word).name == LIBC:
                    words.pop()  # the one of this variant is always there, and comes last
        return words, modules

    def by_soname(self, number: int, library: Path) -> str:
        """A path whose last part is what NEEDED is to say: the library's soname, if beside it
        there is a file of that name, as libtool and `make install` leave it."""
        from muslfall.driver import check as link_check

        soname = link_check.read(library).names.module
        if self.runner.dry or soname in (None, library.name) or "/" in soname:
            return str(library)
        if not library.with_name(soname).is_file():
            return str(library)
        link = self.scratch / str(number) / soname
        link.parent.mkdir()
        link.symlink_to(library.absolute())
        return str(link)

    def linker_word(self, number: int, item: Input) -> str | None:
        if item.kind == "source":
            return self.compile_for_link(number, item)
        return self.find_library(item.name) if item.kind == "library" else item.name

    def compile_for_link(self, number: int, source: Input) -> str:
        """Compile a source to a file of its own in the scratch folder."""
        stem = Path(source.name).stem if source.name != "-" else "stdin"
        folder = self.scratch / str(number)
        if not self.runner.dry:
            folder.mkdir()
        path = str(folder / f"{stem}.o")
        self.compile(source, [*self.invocation.compile_flags, *self.depfile(stem), "-c"], path)
        return path

    def depfile(self, stem: str) -> list[str]:
        """Where -MD goes, and what it names, when the object is a file that nobody sees."""
        invocation = self.invocation
        if not invocation.has_flag("-MD", "-MMD"):
            return []
        given = " ".join(invocation.compile_flags)
        base = invocation.output if invocation.output and len(invocation.sources()) == 1 else stem
        flags = [] if "-MF" in given else ["-MF", f"{os.path.splitext(base)[0]}.d"]
        return flags if invocation.has_flag("-MT", "-MQ") else [*flags, "-MT", f"{stem}.o"]

    def find_library(self, name: str) -> str | None:
        """The file of -lNAME or -l:FILE; None if the libc has it."""
        endings = STATIC_ENDINGS if self.invocation.static else ENDINGS
        names = [name[1:]] if name.startswith(":") else [f"lib{name}{end}" for end in endings]
        own = str(self.tools.sysroot / "lib")
        folders = [
            folder
            for folder in self.invocation.library_dirs
            if os.path.realpath(folder) != os.path.realpath(own)
        ]
        if name not in IN_LIBC:  # libc.a is for --static, which has it anyway
            folders.append(own)
        path = first_file(folders, names)
        if path is not None or name in IN_LIBC:
            return path
        other = first_file(folders, [f"lib{name}{end}" for end in ENDINGS])
        if other:
            raise MuslfallError(
                "is a shared library, and --static links none",
                other,
                f"give a lib{name}.a, or link without --static",
            )
        raise MuslfallError(
            f"library not found: -l{name}",
            hint=f"-L; {', '.join(names)} are looked for in {', '.join(folders)}",
        )

    def read_modules(self, paths: Sequence[Path]) -> list:
        from muslfall.driver import check as link_check

        return [link_check.read(path) for path in paths if path.name != LIBC]

    def called_back(self, libraries: Sequence) -> list[str]:
        """The symbols that the shared libraries, and the libc, may want of the program, as in
        ELF."""
        from muslfall.driver import check as link_check
        from muslfall.driver import interposition

        if self.invocation.link != "program":
            return []
        names = interposition.libc_names(self.tools.sysroot / "share/muslfall/dynamic.list")
        for library in interposition.with_needed(libraries, self.invocation.library_dirs):
            names |= {*link_check.wanted(library), *interposition.defined(library)}
        return sorted(names)

    def needed_libc(self, modules: Sequence[Path]) -> Path:
        """A module that has the libc's name and nothing in it: what NEEDED is made from.

        Not musl.wasm itself: reading it would be the longest part of a small program's link, and
        what it lacks is found by `check`, with types.
        """
        from muslfall.driver import check as link_check
        from muslfall.wasm import writer as wasm_writer

        libc = next((path for path in modules if path.name == LIBC), self.tools.libc)
        stub = self.scratch / LIBC
        if not self.runner.dry:
            if not link_check.is_shared(libc):
                raise MuslfallError("is not built", libc, "./muslfall build")
            with libc.open("rb") as file:
                modern = b"dylink.0" in file.read(32)
            empty = b"\1\4\0\0\0\0" if modern else b"\0\0\0\0\0"
            section = wasm_writer.custom("dylink.0" if modern else "dylink", empty)
            stub.write_bytes(wasm_writer.HEADER + section)
        return stub

    def check(self, output: Path, libraries: Sequence, objects: Sequence[Path]) -> None:
        """Raises MuslfallError: a symbol is missing or has another type; the output is removed."""
        from muslfall.driver import check as link_check

        invocation = self.invocation
        if invocation.allow_undefined or not output.is_file():
            return
        providers = list(libraries)
        if invocation.standard_libraries:
            providers += [link_check.read(self.tools.out / name) for name in (LIBC, KERNEL)]
        loose = invocation.link == "shared" and not invocation.no_undefined
        module = link_check.read(output)
        found = link_check.problems(module, providers, objects, only_types=loose)
        if invocation.link == "program" and invocation.standard_libraries:
            missing = link_check.Problem("undefined symbol: main")
            found += [] if link_check.has_main(module) else [missing]
        for problem in found:
            if not problem.is_error:
                print(f"{NAME}: warning: {problem.text}", file=sys.stderr)
        errors = [problem.text for problem in found if problem.is_error]
        if errors:
            output.unlink()
            raise MuslfallError(errors)


def first_file(folders: Sequence[str], names: Sequence[str]) -> str | None:
    """The first folder's first of those files that is there."""
    paths = (os.path.join(folder, name) for folder in folders for name in names)
    return next(filter(os.path.isfile, paths), None)


def program(tools: Toolchain, name: str) -> str:
    """-print-prog-name's answer: our own tool, else the name; never the machine's, as gcc does."""
    for own in (f"musl-{name}", f"wasm32-unknown-linux-musl-{name}"):
        path = tools.out / "bin" / own
        if path.is_file():
            return str(path)
    return name


def answer(tools: Toolchain, invocation: Invocation) -> int:
    """A question such as --version: ours where the sysroot is what is asked for, else clang's."""
    library = {"-print-libgcc-file-name": tools.builtins, "-print-sysroot": tools.sysroot}
    for question in invocation.questions:
        if question.lstrip("-").startswith("print-prog-name="):
            print(program(tools, question.partition("=")[2]))
            return 0
        name, _, file = question.partition("=")
        if name.lstrip("-") == "print-file-name":
            path = tools.sysroot / "lib" / file
            print(path if path.exists() else file)
            return 0
        path = library.get("-" + name.lstrip("-"))
        if path:
            print(path)
            return 0
    return Runner().replace([*tools.clang, f"--target={tools.target}", *invocation.questions])


def drive(tools: Toolchain, words: Sequence[str]) -> int:
    """Carry out a command line. Raises MuslfallError."""
    invocation = parse(words)
    if invocation.questions:
        return answer(tools, invocation)
    if invocation.verbose and not invocation.inputs:
        return Runner().replace([*tools.clang, f"--target={tools.target}", "-v"])
    if not os.path.exists(tools.clang[0]):
        raise MuslfallError("is not there", tools.clang[0], "./muslfall fetch")
    for item in invocation.inputs:
        is_file = item.kind in ("source", "object") and item.name != "-"
        if is_file and not os.path.exists(item.name):
            raise UsageError("no such file", item.name)
    if invocation.linker_questions and not invocation.sources():
        linker = str(tools.out / "bin" / "musl-ld")
        return Runner().replace([linker, *invocation.linker_questions])
    driver = Driver(tools, invocation)
    return driver.only_compile() if invocation.no_link else driver.link()


def _end(signum: int, frame: object) -> None:
    raise SystemExit(128 + signum)


def main(argv: Sequence[str]) -> int:
    """TOP NAME=VALUE... -- WORD...: what bin/musl-clang is made for, then its command line."""
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, _end)
    end = argv.index("--")
    settings = dict(word.split("=", 1) for word in argv[1:end])
    try:
        return drive(toolchain(Path(argv[0]), settings), argv[end + 1 :])
    except ToolError as error:
        return error.exit_code
    except MuslfallError as error:
        for line in str(error).splitlines():
            print(line if line.startswith(" ") else f"{NAME}: error: {line}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{NAME}: error: {error.filename or 'output'}: {error.strerror}", file=sys.stderr)
        return 1
