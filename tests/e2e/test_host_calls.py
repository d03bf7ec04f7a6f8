"""How many calls of its host a libc's call makes. Where WASI is slow they are what a call costs:
wasmtime has a thread of its own do each that may block, 10 to 20 µs."""

from __future__ import annotations

import json
import subprocess

import pytest
from kit import wasi_hosts

LARGE = "n = 0, p = opendir(M); while (readdir(p)) n++; closedir(p); if (n != 1002) return 1"
#: What is done, one after the other, and the calls of the host that it makes.
CASES = {
    "close(open(A, O_RDONLY))": "path_open fd_close",
    "close(open(A, O_RDWR))": "path_open fd_close",
    "close(open(B, O_RDWR | O_CREAT, 0644)), unlink(B)": "path_open fd_close path_unlink_file",
    "close(open(D, O_RDONLY))": "path_open fd_close",
    "close(open(D, O_RDONLY | O_DIRECTORY))": "path_open fd_close",
    "open(D, O_RDWR)": "path_open",
    "open(B, O_RDONLY)": "path_open",
    'fclose(fopen(A, "r"))': "path_open fd_close",
    'fclose(fopen(A, "r+"))': "path_open fd_seek fd_close",
    'fclose(fopen(B, "w"))': "path_open fd_seek fd_close",
    'fclose(fopen(B, "a"))': "path_open fd_seek fd_close",
    'unlink(B), fclose(fopen(B, "wx"))': "path_unlink_file path_open fd_close",
    'f = fopen(A, "r"), getc(f), rewind(f), fclose(f)': "path_open fd_read fd_seek fd_close",
    'f = fopen(A, "r"), fseek(f, 0, SEEK_END), fclose(f)': (
        "path_open fd_fdstat_get fd_seek fd_close"
    ),
    'd = open(D, O_RDONLY | O_DIRECTORY), close(openat(d, "e", O_RDONLY))': (
        "path_open fd_fdstat_get path_open fd_close"
    ),
    'close(openat(d, "e", O_RDONLY)), close(d)': "path_open fd_close fd_close",
    'f = fopen(A, "r+"), fwrite(b, 16, 1, f), fclose(f)': ("path_open fd_seek fd_write fd_close"),
    'f = fopen(A, "w"); for (n = 0; n < 8192; n++) putc(n, f); fclose(f)': (
        "path_open fd_seek fd_write fd_write fd_close"
    ),
    'f = fopen(A, "r"); while (getc(f) != EOF); fclose(f)': (
        "path_open fd_read fd_read fd_read fd_close"
    ),
    "n = open(A, O_RDWR)": "path_open",
    "read(n, b, 8)": "fd_read",
    "write(n, b, 8)": "fd_write",
    "pread(n, b, 8, 0)": "fd_pread",
    "pwrite(n, b, 8, 0)": "fd_pwrite",
    "lseek(n, 0, SEEK_SET)": "fd_seek",
    "fstat(n, &s)": "fd_filestat_get",
    "ftruncate(n, 100)": "fd_filestat_set_size",
    "isatty(n), isatty(n)": "",
    "fcntl(n, F_GETFL), dup(n)": "",
    "stat(A, &s)": "path_filestat_get",
    "lstat(A, &s)": "path_filestat_get",
    "access(A, R_OK)": "path_filestat_get",
    "rename(B, A)": "path_rename",
    "mkdir(B, 0755), rmdir(B)": "path_create_directory path_remove_directory",
    "getcwd(b, 64), time(0) < 0 || getpid()": "clock_time_get",
    "p = opendir(D), closedir(p)": "path_open fd_close",
    "p = opendir(D); while (readdir(p)); closedir(p)": "path_open fd_readdir fd_close",
    LARGE: "path_open fd_readdir fd_close",
    "n = open(A, O_RDWR), m = mmap(0, 64, PROT_READ, MAP_SHARED, n, 0)": (
        "path_open fd_fdstat_get fd_pread fd_filestat_get"
    ),
    "read(n, b, 8), write(n, b, 8)": "fd_read fd_write fd_pread fd_pread",
    "d = open(B, O_RDWR | O_CREAT, 0644), write(d, b, 8)": (
        "path_open fd_fdstat_get fd_filestat_get fd_write"
    ),
    "read(d, b, 8), write(d, b, 8)": "fd_read fd_write",
    "munmap(m, 64), close(n), close(d)": "fd_close fd_close",
    # WASI has no permissions: the kernel keeps those that no host gives, by the file's inode, until
    # the file is removed.
    "unlink(B), close(open(B, O_RDWR | O_CREAT, 0600)), unlink(B)": (
        "path_unlink_file path_open fd_filestat_get fd_close path_filestat_get path_unlink_file"
    ),
}
#: node takes "name/.." out of a link's target as text, whatever name is: so the kernel looks,
#: before it opens, whether there is a link (but where it would not be followed).
READS_LINKS = {
    case: calls.replace("path_open", "path_readlink path_open")
    for case, calls in CASES.items()
    if "wx" not in case
}
#: node lists no inodes, and leaves "." out: each is asked for, since programs tell files by them.
LISTED = {"p = opendir(D); while (readdir(p)); closedir(p)": 1, LARGE: 1000}
LISTS = {
    case: "path_readlink path_open fd_readdir"
    + " path_filestat_get" * files
    + " fd_filestat_get fd_close"
    for case, files in LISTED.items()
}
NODE = (
    READS_LINKS
    | LISTS
    | {
        'd = open(D, O_RDONLY | O_DIRECTORY), close(openat(d, "e", O_RDONLY))': (
            "path_readlink path_open path_readlink fd_fdstat_get path_open fd_close"
        ),
    }
)

#: sched_yield, which the kernel passes on, is between the cases.
PROGRAM = """
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#define A "/data/a"
#define B "/data/b"
#define D "/data/d"
#define M "/data/many"
int main(void)
{
	FILE *f;
	DIR *p;
	struct stat s;
	char b[64] = "";
	void *m;
	int d, n;

	mkdir(D, 0755), close(creat(D "/e", 0644)), close(creat(A, 0644));
	close(open(A, O_WRONLY | O_TRUNC)), n = open(A, O_WRONLY), write(n, b, 64), close(n);
	CASES
	sched_yield();
}
"""

COUNTING_NODE = """
import { readFileSync } from "node:fs";
import { WASI } from "node:wasi";
const [module, folder] = process.argv.slice(2);
const wasi = new WASI({ version: "preview1", preopens: { "/data": folder } });
const calls = [];
const counted = ([name, call]) => [name, (...args) => (calls.push(name), call(...args))];
const wasi_snapshot_preview1 = Object.fromEntries(Object.entries(wasi.wasiImport).map(counted));
const code = await WebAssembly.compile(readFileSync(module));
const instance = await WebAssembly.instantiate(code, { wasi_snapshot_preview1 });
wasi.start(instance);
console.log(JSON.stringify(calls));
"""

#: wasmtime gives the birth of a file for its ctime: where that is older than mtime, the clock says
#: whether mtime has passed.
WASMTIME = {
    "fstat(n, &s)": "fd_filestat_get clock_time_get",
    "stat(A, &s)": "path_filestat_get clock_time_get",
}

#: wasmtime's WASI wants a wasm caller that exports the memory. So the program's imports are a
#: module's functions that log and call through a table, and in the table are those of a second
#: module, which is instantiated when the program's memory is there, and calls WASI.
COUNTING_WASMTIME = """
import json, sys
import wasmtime
module, folder = sys.argv[1:]
config = wasmtime.WasiConfig()
config.preopen_dir(folder, "/data")
engine = wasmtime.Engine()
store = wasmtime.Store(engine)
store.set_wasi(config)
program = wasmtime.Module.from_file(engine, module)
imports, count = list(program.imports), len(program.imports)
logging, calling, types = [], [], []
for i, item in enumerate(imports):
    kind = item.type
    words = lambda key, types: f"({key} {' '.join(map(str, types))})" if types else ""
    signature = words("param", kind.params) + words("result", kind.results)
    args = "".join(f"(local.get {n})" for n in range(len(kind.params)))
    logging.append(f'''(func (export "{item.name}") {signature}
      (i32.store8 (global.get $n) (i32.const {i}))
      (global.set $n (i32.add (global.get $n) (i32.const 1)))
      (call_indirect $t {signature} {args} (i32.const {i})))''')
    types.append(f'(import "wasi_snapshot_preview1" "{item.name}" (func $w{i} {signature}))')
    calling.append(f"(func $f{i} {signature} (call $w{i} {args}))")
first = f'''(module (table $t (export "table") {count} funcref) (memory (export "log") 1)
  (global $n (export "count") (mut i32) (i32.const 0)) {"".join(logging)})'''
elements = " ".join(f"$f{i}" for i in range(count))
second = f'''(module {"".join(types)} (import "program" "memory" (memory 1))
  (import "log" "table" (table {count} funcref)) (export "memory" (memory 0))
  {"".join(calling)} (elem (i32.const 0) func {elements}))'''
linker = wasmtime.Linker(engine)
linker.define_wasi()
log = wasmtime.Instance(store, wasmtime.Module(engine, first), []).exports(store)
instance = wasmtime.Instance(store, program, [log[item.name] for item in imports])
linker.define(store, "program", "memory", instance.exports(store)["memory"])
linker.define(store, "log", "table", log["table"])
linker.instantiate(store, wasmtime.Module(engine, second))
try:
    instance.exports(store)["_start"](store)
except wasmtime.ExitTrap as end:
    assert end.code == 0, end.code
numbers = log["log"].read(store, 0, log["count"].value(store))
print(json.dumps([imports[number].name for number in numbers]))
"""

COUNTING = {"node": COUNTING_NODE, "wasmtime": COUNTING_WASMTIME}


def sequences(said: str) -> list[str]:
    """The calls between one sched_yield and the next."""
    words = " ".join(json.loads(said)).split("sched_yield")
    return [part.strip() for part in words[1:-1]]


@pytest.mark.parametrize("host", wasi_hosts.HOSTS)
def test_calls_of_the_host(host, shell, place, write):
    cases = "".join(f"sched_yield();\n{{ {case}; }}\n" for case in CASES)
    write(p_c=PROGRAM.replace("CASES", cases))
    shell("musl-clang --static -w -O2 p.c -o p.wasm")
    (place / "data/many").mkdir(parents=True)
    for number in range(1000):
        (place / f"data/many/a name of some length {number}").touch()
    argv = [*wasi_hosts.command(host, place, COUNTING), place / "p.wasm", place / "data"]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    expected = CASES | (NODE if host == "node" else WASMTIME)
    assert dict(zip(CASES, sequences(done.stdout), strict=True)) == expected
