"""A small HTTP server on 127.0.0.1 whose faults can be chosen, for the tests of the fetch."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Mirror:
    """files: path to content. faults: path to a list of faults, one used up per request.

    A fault is a status to answer with; ("cut", n): the connection ends after n bytes of the
    body; ("stall", event): as many bytes as fit before the event is set, then the rest;
    "norange": Range is ignored; "badrange": another range than the one asked for; "page": a page
    of HTML; "nolength": the length is not said; "endless": bytes without end, in small pieces;
    "flood": the same as fast as they go;
    ("to", path): a redirect; ("change", path, content): another file from now on, with another
    ETag.
    A path's last fault stays when it is followed by "forever".
    log: (path, Range) of each request.
    """

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    faults: dict[str, list] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    log: list[tuple[str, str | None]] = field(default_factory=list)


PAGE = b"<!DOCTYPE html><title>Please log in</title>" * 20


def next_fault(faults: list | None) -> object:
    """The fault of this request, taken off the list unless it is there to stay."""
    if not faults:
        return None
    return faults[0] if faults[1:] == ["forever"] else faults.pop(0)


def handler(mirror: Mirror) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args):
            pass

        def do_GET(self):
            wanted = self.headers.get("Range")
            mirror.log.append((self.path, wanted))
            fault = next_fault(mirror.faults.get(self.path))
            data = mirror.files.get(self.path)
            if fault == "page":
                self.answer(200, PAGE, [("Content-Type", "text/html; charset=utf-8")])
                return
            if isinstance(fault, tuple) and fault[0] == "to":
                self.answer(302, b"", [("Location", fault[1])])
                return
            if fault == "flood":
                self.unmeasured(bytes(1 << 26))
                return
            if isinstance(fault, tuple) and fault[0] == "change":
                data = mirror.files[fault[1]] = fault[2]
                mirror.tags[fault[1]] = '"2"'
                fault = None
            if fault in ("endless", "nolength"):
                self.unmeasured(data if fault == "nolength" else None)
                return
            if isinstance(fault, int) or data is None:
                self.answer(fault if isinstance(fault, int) else 404, b"sorry")
                return
            self.send(data, wanted, fault)

        do_HEAD = do_GET

        def unmeasured(self, data):
            self.send_response(200)
            self.send_header("Connection", "close")
            self.end_headers()
            self.close_connection = True
            if data is not None:
                self.write(data)
                return
            end = time.monotonic() + 20
            with suppress(OSError):
                while time.monotonic() < end:
                    self.wfile.write(b"x" * 10)
                    self.wfile.flush()
                    time.sleep(0.005)

        def answer(self, status, body, headers=()):
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.write(body)

        def write(self, body):
            if self.command == "HEAD":
                return
            try:
                self.wfile.write(body)
            except OSError:
                self.close_connection = True

        def send(self, data, wanted, fault):
            tag = mirror.tags.get(self.path, '"1"')
            start, status, headers = 0, 200, [("ETag", tag)]
            if self.headers.get("If-Range", tag) != tag:
                wanted = None
            if wanted and fault != "norange":
                start = int(wanted.removeprefix("bytes=").rstrip("-"))
                if fault == "badrange":
                    start += 1
                if start >= len(data):
                    self.answer(416, b"", [("Content-Range", f"bytes */{len(data)}")])
                    return
                status = 206
                headers += [("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")]
            body = data[start:]
            if not isinstance(fault, tuple):
                self.answer(status, body, headers)
                return
            self.send_response(status)
            for name, value in [*headers, ("Content-Length", str(len(body)))]:
                self.send_header(name, value)
            self.end_headers()
            self.close_connection = True
            if fault[0] == "cut":
                self.write(body[: fault[1]])
            else:
                self.write(body[: len(body) // 2])
                self.wfile.flush()
                fault[1].wait(30)
                self.write(body[len(body) // 2 :])

    return Handler


@contextmanager
def serve() -> Iterator[Mirror]:
    """A running mirror."""
    mirror = Mirror()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(mirror))
    server.daemon_threads = True
    server.handle_error = lambda *about: None  # a client that goes away is none of the tests'
    mirror.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield mirror
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
