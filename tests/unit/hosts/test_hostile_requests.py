"""Requests that are wrong on purpose: each gets an answer, and none becomes another one."""

import io
import random
import re
import socket
import threading
import time

import pytest
from kit.bytes_mutation import mutate
from kit.counts import count

from muslfall.hosts import page_server
from muslfall.hosts.page_server import Job, Server


@pytest.fixture
def server(tmp_path):
    (tmp_path / "a.wasm").write_bytes(b"\0asm" + bytes(100))
    (tmp_path / "secret.key").write_text("SECRET")
    with Server([tmp_path], tmp_path / "a.wasm", {"programs": []}) as server:
        server.folder = tmp_path
        server.output = io.BytesIO()
        server.submit(Job({}, io.BytesIO(b"input" * 9).read, lambda fd, b: server.output.write(b)))
        yield server


def send(server, data: bytes, timeout: float = 10) -> bytes:
    """All that the server says to these bytes, until it closes, or we have nothing to say."""
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=timeout) as peer:
        peer.sendall(data)
        peer.shutdown(socket.SHUT_WR)
        found = b""
        try:
            while part := peer.recv(1 << 16):
                found += part
        except ConnectionResetError:
            pass
    return found


def request(server, line: str, *headers: str, body: bytes = b"", host="127.0.0.1") -> bytes:
    line = line.replace("TOKEN", server.token)
    lines = [line, *([f"Host: {host}"] if host else []), *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def statuses(said: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"^HTTP/1\.[01] (\d+)", said, re.MULTILINE)]


REFUSED = [
    ("GET * HTTP/1.1", 400),
    ("GET //[ HTTP/1.1", 404),
    ("GET /TOKEN/jobs/0/stdin HTTP/1.1", 400),
    ("GET /TOKEN/jobs/0/stdin?size=x HTTP/1.1", 400),
    ("GET /TOKEN/jobs/0/stdin?size=-1 HTTP/1.1", 400),
    (f"GET /TOKEN/jobs/0/stdin?size={'9' * 5000} HTTP/1.1", 400),
    (f"GET /TOKEN/jobs/{'9' * 5000}/stdin?size=1 HTTP/1.1", 404),
    ("GET /TOKEN/jobs/\xb2/stdin?size=1 HTTP/1.1", 404),
    ("GET /TOKEN/module?path=%00 HTTP/1.1", 400),
    (f"GET /TOKEN/module?path=/{'a' * 5000} HTTP/1.1", 404),
    (f"GET /TOKEN/module?path={'/a' * 3000} HTTP/1.1", 404),
    ("GET /TOKEN/module?" + "a=1&" * 100 + " HTTP/1.1", 400),
    ("GET /TOKEN/\xff HTTP/1.1", 404),
    ("GET /\xff/ HTTP/1.1", 404),
    ("BREW / HTTP/1.1", 501),
    ("GET / HTTP/9.9", 505),
    ("GET", 400),
]


@pytest.mark.parametrize(("line", "status"), REFUSED, ids=[f"{n}" for n in range(len(REFUSED))])
def test_a_malformed_request_is_answered(server, line, status):
    assert statuses(send(server, request(server, line))) == [status]


@pytest.mark.parametrize("host", [None, "evil.example", "127.0.0.1.evil.example", "localhost:x",
                                  "127.0.0.1, evil", "", "[::1", "localhost\tx"])  # fmt: skip
def test_another_hosts_name_is_refused(server, host):
    said = send(server, request(server, "GET /TOKEN/programs HTTP/1.1", host=host))
    assert statuses(said) in ([400], [421])
    assert b"programs" not in said


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:9000", "LOCALHOST", "[::1]:80"])
def test_this_machines_names_are_not(server, host):
    line = "GET /TOKEN/programs HTTP/1.1"
    said = send(server, request(server, line, "Connection: close", host=host))
    assert statuses(said) == [200] and b'{"programs": []}' in said


#: A second request that hides in the body of the first.
HIDDEN = b"GET /TOKEN/module?path=FOLDER/a.wasm HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


@pytest.mark.parametrize(
    ("line", "headers"),
    [
        ("POST /wrong/jobs/0/1 HTTP/1.1", ["Content-Length: {n}"]),
        ("POST /TOKEN/jobs/7/1 HTTP/1.1", ["Content-Length: {n}"]),
        ("POST /TOKEN/none HTTP/1.1", ["Content-Length: {n}"]),
        ("POST /TOKEN/jobs/0/1 HTTP/1.1", ["Transfer-Encoding: chunked"]),
        ("POST /TOKEN/jobs/0/1 HTTP/1.1", ["Content-Length: {n}", "Content-Length: 0"]),
        ("POST /TOKEN/jobs/0/1 HTTP/1.1", ["Content-Length: -1"]),
        ("POST /TOKEN/jobs/0/1 HTTP/1.1", ["Content-Length: +{n}"]),
        ("POST /TOKEN/jobs/0/1 HTTP/1.1", ["Content-Length: 99999999999999"]),
        ("GET /TOKEN/none HTTP/1.1", ["Content-Length: {n}"]),
        ("GET /TOKEN/programs HTTP/1.1", ["Content-Length: {n}"]),
        ("BREW /TOKEN/programs HTTP/1.1", ["Content-Length: {n}"]),
    ],
)
def test_a_refused_body_is_never_the_next_request(server, line, headers):
    hidden = HIDDEN.replace(b"TOKEN", server.token.encode())
    hidden = hidden.replace(b"FOLDER", str(server.folder).encode())
    assert statuses(send(server, hidden)) == [200], "by itself it is a request"
    headers = [text.format(n=len(hidden)) for text in headers]
    said = send(server, request(server, line, *headers, body=hidden))
    assert len(statuses(said)) == 1 and statuses(said)[0] >= 400 and b"\0asm" not in said
    assert server.output.getvalue() == b""


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"status": null}', b'{"status": "x"}', b"1",
                                  b"[" * 100_000, b'{"status": ' + b"9" * 5000 + b"}",
                                  b'{"status": Infinity}'])  # fmt: skip
def test_an_end_that_is_none(server, body):
    line, length = "POST /TOKEN/jobs/0/end HTTP/1.1", f"Content-Length: {len(body)}"
    assert statuses(send(server, request(server, line, length, body=body))) == [400]
    assert not server.jobs[0].ended.is_set()


def test_the_page_cannot_forge_a_line_of_ours(server):
    body = rb'{"status": 1, "failure": "\u001b[2Jx"}'
    line, length = "POST /TOKEN/jobs/0/end HTTP/1.1", f"Content-Length: {len(body)}"
    send(server, request(server, line, length, body=body))
    assert server.jobs[0].failure == r"\x1b[2Jx"


def test_a_large_file_is_sent_in_pieces(server, tmp_path):
    """A file of 3 GB, most of it a hole: its beginning comes, and little of it is in memory."""
    big = tmp_path / "big.wasm"
    with big.open("wb") as file:
        file.write(b"\0asm")
        file.truncate(3 << 30)
    most = []
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=20) as peer:
        peer.sendall(request(server, f"GET /TOKEN/module?path={big} HTTP/1.1"))
        before = memory()
        got = b""
        while len(got) < 4 << 20:
            got += peer.recv(1 << 20)
            most.append(memory() - before)
    assert f"Content-Length: {3 << 30}".encode() in got and max(most) < 200_000  # KiB


def memory() -> int:
    """KiB that this process, which is the server's, has in memory now."""
    with open("/proc/self/status") as file:
        return int(re.search(r"VmRSS:\s*(\d+) kB", file.read())[1])


def test_a_file_that_becomes_shorter_ends_the_connection(server, tmp_path, monkeypatch):
    real = page_server.os.fstat
    monkeypatch.setattr(page_server.os, "fstat", lambda fd: Longer(real(fd)))
    said = send(server, request(server, f"GET /TOKEN/module?path={tmp_path}/a.wasm HTTP/1.1") * 2)
    assert statuses(said) == [200]


class Longer:
    """A file's status from before it became shorter."""

    def __init__(self, status):
        self.st_size = status.st_size + 1000


def test_connections_are_bounded(server):
    peers = []
    try:
        for _ in range(page_server.CONNECTIONS + 5):
            peers.append(socket.create_connection(("127.0.0.1", server.server_port), timeout=5))
        assert peers[-1].recv(1) == b""
    finally:
        for peer in peers:
            peer.close()
    line, end = "GET /TOKEN/programs HTTP/1.1", time.monotonic() + 10
    while statuses(send(server, request(server, line, "Connection: close"))) != [200]:
        assert time.monotonic() < end


def test_mutated_requests(server, monkeypatch):
    """Whatever comes, no secret goes out, no thread dies of it, and the server goes on."""
    died = []
    monkeypatch.setattr(Server, "handle_error", lambda self, request, peer: died.append(peer))
    monkeypatch.setattr(page_server, "PATIENCE", 0.01)
    monkeypatch.setattr(page_server, "DRAIN_TIME", 0.2)
    source = random.Random(20261129)
    folder = server.folder
    usual = [
        request(server, "GET /TOKEN/ HTTP/1.1"),
        request(server, f"GET /TOKEN/module?path={folder}/a.wasm HTTP/1.1"),
        request(server, f"GET /TOKEN/module?path={folder}/../secret.key HTTP/1.1"),
        request(server, "GET /TOKEN/jobs/0/stdin?size=3 HTTP/1.1", "Connection: close"),
        request(server, f"GET /TOKEN/jobs/0/file?path={folder}/secret.key HTTP/1.1"),
        request(server, "GET /TOKEN/next HTTP/1.1"),
        request(server, "POST /TOKEN/jobs/0/1 HTTP/1.1", "Content-Length: 4", body=b"text"),
        request(server, "POST /TOKEN/jobs/0/3 HTTP/1.1", "Content-Length: 4", body=b"text"),
        request(server, "POST /TOKEN/jobs/1/end HTTP/1.1", "Content-Length: 2", body=b"{}"),
    ]
    answered = 0
    for _ in range(count(400)):
        said = send(server, mutate(source.choice(usual), source))
        answered += bool(statuses(said))
        assert b"SECRET" not in said
    assert answered > count(400) // 2 and died == []
    said = send(server, request(server, "GET /TOKEN/programs HTTP/1.1", "Connection: close"))
    assert statuses(said) == [200] and threading.active_count() < page_server.CONNECTIONS
