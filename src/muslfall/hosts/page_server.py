"""The page's server: serves src/muslfall/hosts/page and modules on 127.0.0.1, and drives the page.

A page that is driven asks for jobs, and sends back what a program writes and how it ends. Every
address begins with a token that is not to be guessed: other users of the machine, and pages of
other sites, do not find it.
"""

from __future__ import annotations

import json
import os
import queue
import secrets
import select
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from muslfall.wasm.types import MAGIC

PAGE = Path(__file__).with_name("page")
SCRIPT = "text/javascript; charset=utf-8"
FILES = {
    "": (PAGE / "index.html", "text/html; charset=utf-8"),
    "page.css": (PAGE / "page.css", "text/css; charset=utf-8"),
    "page.js": (PAGE / "page.js", SCRIPT),
    "worker.js": (PAGE / "worker.js", SCRIPT),
}
#: What a loader reads: modules, headers for names of system calls, prototypes.
MODULES = {".wasm": "application/wasm", ".h": "text/plain", ".txt": "text/plain"}
HEADERS = {
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
    # a page of its own process has shared memory, by which a worker waits for the page
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; "
        "connect-src 'self' blob:; img-src 'self' data:"
    ),
}
#: Bytes of a request's body, at most; the page sends no more at once.
LARGEST = 1 << 24
#: Seconds that a page waits for a job before it asks again.
PATIENCE = 20


@dataclass
class Job:
    """A program for the page to run.

    told: what the page is told of it. read: at most so many bytes of stdin, none at its end.
    write: takes what the program writes, by descriptor. folders: what it sees of the machine.
    status: its exit status, once `ended` is set; `failure`: why the page could not run it.
    """

    told: Mapping[str, object]
    read: Callable[[int], bytes]
    write: Callable[[int, bytes], None]
    folders: tuple[Path, ...] = ()
    status: int = 0
    failure: str = ""
    ended: threading.Event = field(default_factory=threading.Event)

    def end(self, status: int, failure: str = "") -> None:
        """The program has ended."""
        if not self.ended.is_set():
            self.status, self.failure = status, failure
            self.ended.set()

    def find(self, path: str) -> Path | None:
        """A path below one of the folders; None: there is nothing, or it leads out of them."""
        found = Path(os.path.realpath(path))
        inside = any(found.is_relative_to(os.path.realpath(folder)) for folder in self.folders)
        return found if inside and found.exists() else None


class Server(ThreadingHTTPServer):
    """Serves the page, from `with` to its end. programs: what it offers, as `programs` has it.

    roots: the folders below which modules are read. loader: the path of wasm.js.
    """

    daemon_threads = True

    def __init__(
        self,
        roots: Iterable[Path],
        loader: Path,
        programs: Mapping[str, object] | None = None,
        port: int = 0,
    ) -> None:
        self.token = secrets.token_urlsafe(16)
        self.roots = [Path(os.path.realpath(root)) for root in roots]
        self.files = FILES | {"wasm.js": (loader, SCRIPT)}
        self.programs = programs
        self.jobs: list[Job] = []
        self.waiting: queue.Queue[int] = queue.Queue()
        self.ready = threading.Event()
        self.lost = threading.Event()
        self.closing = threading.Event()
        super().__init__(("127.0.0.1", port), Handler)
        self.thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        """The page's address."""
        return f"http://127.0.0.1:{self.server_port}/{self.token}/"

    def __enter__(self) -> Server:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, request: object, address: object) -> None:
        """A browser that has gone is no error."""

    def submit(self, job: Job) -> None:
        """Give the page a job to do."""
        self.jobs.append(job)
        self.waiting.put(len(self.jobs) - 1)

    def next_job(self) -> dict | None:
        """What the page is to do next; None: nothing yet."""
        try:
            number = self.waiting.get(timeout=PATIENCE)
        except queue.Empty:
            return None
        return {"number": number, **self.jobs[number].told}

    def find_module(self, path: str) -> Path | None:
        """A file that a loader may read."""
        found = Path(os.path.realpath(path))
        inside = any(found.is_relative_to(root) for root in self.roots)
        return found if inside and found.is_file() and media_type(found) else None


def media_type(path: Path) -> str | None:
    """What a file that a loader may read is served as: a module whatever its name, a.out say."""
    if path.suffix in MODULES:
        return MODULES[path.suffix]
    with path.open("rb") as file:
        return MODULES[".wasm"] if file.read(4) == MAGIC else None


class Handler(BaseHTTPRequestHandler):
    """Answers one connection of the browser."""

    server: Server
    protocol_version = "HTTP/1.1"
    timeout = 600  # seconds of a connection that says nothing
    wbufsize = -1  # an answer leaves at once and whole: two parts wait 40 ms for each other

    def log_message(self, *_: object) -> None:
        """Nobody reads a log."""

    def do_GET(self) -> None:
        self.route("GET")

    def do_POST(self) -> None:
        self.route("POST")

    def route(self, method: str) -> None:
        """Answer a request by what its path names below the token."""
        address = urlsplit(self.path)
        _, token, *rest = address.path.split("/")
        self.query = {key: values[0] for key, values in parse_qs(address.query).items()}
        if not secrets.compare_digest(token.encode(), self.server.token.encode()):
            return self.answer(404)
        if method == "GET" and len(rest) == 1 and rest[0] in self.server.files:
            return self.send_path(*self.server.files[rest[0]])
        name = "_".join([method.lower(), rest[0] if rest else ""])
        action = getattr(self, name, None) if name in ACTIONS else None
        return action(rest[1:]) if action else self.answer(404)

    # What the page reads

    def get_programs(self, _: list[str]) -> None:
        self.answer_json(self.server.programs)

    def get_module(self, _: list[str]) -> None:
        path = self.server.find_module(self.query.get("path", ""))
        if path is None:
            return self.answer(404)
        return self.send_path(path, media_type(path))

    # How the page is driven

    def get_alive(self, _: list[str]) -> None:
        """Held open for as long as the page lives."""
        self.server.ready.set()
        while not self.server.closing.is_set():
            if select.select([self.connection], [], [], 0.2)[0]:
                break
        self.server.lost.set()
        self.close_connection = True

    def get_next(self, _: list[str]) -> None:
        job = self.server.next_job()
        return self.answer(204) if job is None else self.answer_json(job)

    def get_jobs(self, rest: list[str]) -> None:
        """jobs/N/stdin?size=, jobs/N/file?path=, jobs/N/folder?path="""
        job, what = self.job(rest)
        if job and what == "stdin":
            return self.answer(200, job.read(int(self.query["size"])))
        found = job.find(self.query.get("path", "")) if job else None
        if found and what == "file" and found.is_file():
            return self.send_path(found, "application/octet-stream")
        if found and what == "folder" and found.is_dir():
            return self.answer_json(list_folder(found))
        return self.answer(404)

    def post_jobs(self, rest: list[str]) -> None:
        """jobs/N/1 and jobs/N/2: output; jobs/N/end: { status, failure }"""
        job, what = self.job(rest)
        size = int(self.headers.get("Content-Length", "0"))
        if job is None or not 0 <= size <= LARGEST:
            self.close_connection = True
            return self.answer(404 if job is None else 413)
        body = self.rfile.read(size)
        if what in ("1", "2"):
            try:
                job.write(int(what), body)
            except OSError as error:
                job.end(1, f"its output cannot be written: {error.strerror}")
        elif what == "end":
            end = json.loads(body)
            job.end(int(end["status"]), str(end.get("failure", "")))
        return self.answer(204)

    def job(self, rest: list[str]) -> tuple[Job | None, str]:
        """The job that an address names, and what of it."""
        if len(rest) != 2 or not rest[0].isdecimal() or int(rest[0]) >= len(self.server.jobs):
            return None, ""
        return self.server.jobs[int(rest[0])], rest[1]

    # Answers

    def send_path(self, path: Path, kind: str) -> None:
        try:
            content = path.read_bytes()
        except OSError:
            return self.answer(404)
        return self.answer(200, content, kind)

    def answer_json(self, value: object) -> None:
        self.answer(200, json.dumps(value).encode(), "application/json")

    def answer(
        self, status: int, body: bytes = b"", kind: str = "application/octet-stream"
    ) -> None:
        self.send_response(status)
        for name, value in HEADERS.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()


ACTIONS = {name for name in vars(Handler) if name.startswith(("get_", "post_"))}


def list_folder(folder: Path) -> list[dict]:
    """The entries of a folder, sorted; those whose name is not UTF-8 are left out."""
    entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    return [
        {"name": entry.name, "directory": entry.is_dir()}
        for entry in entries
        if entry.name.isascii() or not any("\ud800" <= c < "\ue000" for c in entry.name)
    ]
