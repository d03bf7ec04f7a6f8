"""The page's server: serves src/muslfall/hosts/page and modules on 127.0.0.1, and drives the page.

A page that is driven asks for jobs, and sends back what a program writes and how it ends. Every
address begins with a token that is not to be guessed: other users of the machine, and pages of
other sites, do not find it. A request for another host's name is refused, too: a site whose name
comes to mean this machine is not the page's own.
"""

from __future__ import annotations

import json
import os
import queue
import re
import secrets
import select
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from muslfall.base.printable import printable_lines
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
#: Bytes of a refused body that are read, and seconds in which some must come.
DRAINED, DRAIN_TIME = 1 << 20, 2.0
#: Bytes of a file that are read and sent at once.
CHUNK = 1 << 20
#: Connections at once, ten times what a browser opens; one more is closed.
CONNECTIONS = 64
#: How this machine is called, with any port: one may be forwarded.
HOST = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?", re.IGNORECASE)
#: What a malformed request makes its readers raise.
MALFORMED = (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError)
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
        try:
            return found if inside and found.exists() else None
        except OSError:
            return None


class Server(ThreadingHTTPServer):
    """Serves the page, from `with` to its end. programs: what it offers, as `programs` has it.

    roots: the folders below which modules are read. loader: the path of wasm.js.
    """

    daemon_threads = True
    request_queue_size = CONNECTIONS

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
        self.room = threading.BoundedSemaphore(CONNECTIONS)
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

    def process_request(self, request, client_address) -> None:
        """A thread for each connection, but no more than CONNECTIONS."""
        if self.room.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request, client_address) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.room.release()

    def handle_error(self, request: object, address: object) -> None:
        """A browser that has gone is no error."""

    def submit(self, job: Job) -> None:
        """Give the page a job to do."""
        self.jobs.append(job)
        self.waiting.put(len(self.jobs) - 1)

    def next_job(self) -> dict | None:
        """The next task of the page; None: nothing yet."""
        try:
            number = self.waiting.get(timeout=PATIENCE)
        except queue.Empty:
            return None
        return {"number": number, **self.jobs[number].told}

    def find_module(self, path: str) -> Path | None:
        """A file that a loader may read."""
        found = Path(os.path.realpath(path))
        inside = any(found.is_relative_to(root) for root in self.roots)
        try:
            return found if inside and found.is_file() and media_type(found) else None
        except OSError:
            return None


def media_type(path: Path) -> str | None:
    """The type of a file that a loader may read: a module whatever its name, a.out say."""
    if path.suffix in MODULES:
        return MODULES[path.suffix]
    with path.open("rb") as file:
        return MODULES[".wasm"] if file.read(4) == MAGIC else None


class Handler(BaseHTTPRequestHandler):
    """Answers one connection of the browser."""

    server: Server
    protocol_version = "HTTP/1.1"
    default_request_version = "HTTP/1.0"  # 0.9's answers have no status, not even of an error
    timeout = 600  # seconds of a connection that says nothing
    length = 0  # bytes of the request's body that are still to be read
    answered = False
    wbufsize = -1  # an answer leaves at once and whole: two parts wait 40 ms for each other

    def log_message(self, *_: object) -> None:
        """Nobody reads a log."""

    def do_GET(self) -> None:
        self.route("GET")

    def do_POST(self) -> None:
        self.route("POST")

    def route(self, method: str) -> None:
        """Answer a request, or refuse it: then its body is not left to be read as the next one."""
        self.answered, self.length = False, 0
        try:
            refusal = self.refusal(method)
            if refusal:
                self.answer(refusal)
            else:
                self.act(method)
        except MALFORMED:
            self.close_connection = True
            if not self.answered:
                self.answer(400)

    def refusal(self, method: str) -> int:
        """The status with which a request is refused whatever it asks for; 0: it is not."""
        hosts = self.headers.get_all("Host") or []
        lengths = self.headers.get_all("Content-Length") or ["0"]
        if len(hosts) != 1 or "Transfer-Encoding" in self.headers:
            return 400
        if not HOST.fullmatch(hosts[0]):
            return 421
        if len(lengths) != 1 or not re.fullmatch("[0-9]{1,18}", lengths[0]):
            return 400
        self.length = int(lengths[0])
        if self.length > (LARGEST if method == "POST" else 0):
            return 413
        return 0

    def act(self, method: str) -> None:
        """Answer a request by what its path names below the token."""
        address = urlsplit(self.path)
        _, token, *rest = address.path.split("/")
        fields = parse_qs(address.query, max_num_fields=8)
        self.query = {key: values[0] for key, values in fields.items()}
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
            size = int(self.query["size"])
            return self.answer(200, job.read(min(size, LARGEST))) if size > 0 else self.answer(400)
        found = job.find(self.query.get("path", "")) if job else None
        if found and what == "file" and found.is_file():
            return self.send_path(found, "application/octet-stream")
        if found and what == "folder" and found.is_dir():
            return self.answer_json(list_folder(found))
        return self.answer(404)

    def post_jobs(self, rest: list[str]) -> None:
        """jobs/N/1 and jobs/N/2: output; jobs/N/end: { status, failure }"""
        job, what = self.job(rest)
        if job is None:
            return self.answer(404)
        body = self.rfile.read(self.length)
        self.length = 0
        if what in ("1", "2"):
            try:
                job.write(int(what), body)
            except OSError as error:
                job.end(1, f"its output cannot be written: {error.strerror}")
        elif what == "end":
            end = json.loads(body)
            job.end(int(end["status"]) & 0xFFFFFFFF, printable_lines(str(end.get("failure", ""))))
        else:
            return self.answer(404)
        return self.answer(204)

    def job(self, rest: list[str]) -> tuple[Job | None, str]:
        """The job that an address names, and what of it."""
        known = re.fullmatch("[0-9]{1,9}", rest[0]) if len(rest) == 2 else None
        if not known or int(rest[0]) >= len(self.server.jobs):
            return None, ""
        return self.server.jobs[int(rest[0])], rest[1]

    # Answers

    def send_path(self, path: Path, kind: str) -> None:
        """Send a file as it is now, piece by piece."""
        try:
            file = path.open("rb")
        except OSError:
            return self.answer(404)
        with file:
            left = os.fstat(file.fileno()).st_size
            self.start(200, left, kind)
            while left and (part := file.read(min(left, CHUNK))):
                self.wfile.write(part)
                left -= len(part)
            if left:  # it has become shorter: the page must not take the next answer for its end
                self.close_connection = True
            self.wfile.flush()

    def answer_json(self, value: object) -> None:
        self.answer(200, json.dumps(value).encode(), "application/json")

    def answer(
        self, status: int, body: bytes = b"", kind: str = "application/octet-stream"
    ) -> None:
        if status >= 400:
            self.close_connection = True
        self.start(status, len(body), kind)
        self.wfile.write(body)
        self.wfile.flush()
        if status >= 400:
            self.drain()

    def start(self, status: int, size: int, kind: str) -> None:
        """The status and the headers of an answer of `size` bytes."""
        self.answered = True
        self.send_response(status)
        for name, value in HEADERS.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        if status != 204:
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(size))
        self.end_headers()

    def drain(self) -> None:
        """Read some of a body that was refused, so that its sender gets to read the answer."""
        self.connection.settimeout(DRAIN_TIME)
        left = min(self.length, DRAINED)
        with suppress(OSError):
            while left and (part := self.rfile.read1(min(left, CHUNK))):
                left -= len(part)


ACTIONS = {name for name in vars(Handler) if name.startswith(("get_", "post_"))}


def list_folder(folder: Path) -> list[dict]:
    """The entries of a folder, sorted; those whose name is not UTF-8 are left out."""
    entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    return [
        {"name": entry.name, "directory": entry.is_dir()}
        for entry in entries
        if entry.name.isascii() or not any("\ud800" <= c < "\ue000" for c in entry.name)
    ]
