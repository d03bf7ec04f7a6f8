"""Answers that are wrong on purpose: an error in words, in bounded time, and no half file."""

import random
import socket
import threading
import time

import pytest
from kit.bytes_mutation import mutate
from kit.counts import count
from kit.raw_server import drip, flood, serve

from muslfall.base.errors import MuslfallError
from muslfall.fetch import http
from muslfall.fetch.http import HttpError

PATIENCE = http.Patience(connect=2, read=0.5, rate=1000, window=0.3)
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
WHOLE = b"4\r\ntext\r\n0\r\n"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(http, "ANSWER_TIME", 0.5)
    monkeypatch.setattr(http, "RETRY_AFTER", 0.1)
    for name in ("http_proxy", "HTTP_PROXY", "no_proxy", "NO_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


def read(url, limit=1 << 20):
    with http.make_session(backoff=0) as session:
        return http.read(session, url, limit, PATIENCE)


def fetch(url, path, size):
    with http.make_session(backoff=0) as session:
        http.download(session, url, path, size, patience=PATIENCE)
        return path.read_bytes()


def ask(url):
    with http.make_session(backoff=0) as session:
        return http.ask(session, url, 1 << 20, PATIENCE)


SLOW = {
    "a trailer without end": lambda: drip(CHUNKED + WHOLE, b"X-More: 1\r\n"),
    "a flood of trailers": lambda: flood(CHUNKED + WHOLE, b"X-More: " + b"1" * 1000 + b"\r\n"),
    "a chunk's size that drips": lambda: drip(CHUNKED, b"0"),
    "a chunk's extension that drips": lambda: drip(CHUNKED + b"4;", b"x"),
    "tiny chunks with long extensions": lambda: flood(CHUNKED, b"1;" + b"x" * 60000 + b"\r\nt\r\n"),
    "a status that drips": lambda: drip(b"HTTP/1.1 ", b"2"),
    "headers that drip": lambda: drip(OK + b"X-Long: ", b"x"),
    "answers to come without end": lambda: drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "a redirect whose body never ends": lambda: flood(
        b"HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n", bytes(1 << 16)
    ),
    "a body that drips": lambda: drip(OK + b"Content-Length: 100000\r\n\r\n", b"x"),
    "a busy server whose page never ends": lambda: flood(
        b"HTTP/1.1 503 Busy\r\n\r\n", bytes(1 << 16)
    ),
}


@pytest.mark.parametrize("case", SLOW)
def test_patience_is_for_every_byte(case, tmp_path):
    with serve(SLOW[case]) as url:
        for get in (lambda: read(url), lambda: fetch(url, tmp_path / "f", 100_000)):
            before = time.monotonic()
            with pytest.raises(HttpError) as caught:
                get()
            assert time.monotonic() - before < 20
            assert str(caught.value).startswith(url)


def test_a_handshake_that_drips_is_given_up():
    """TLS: a proxy or a server that never gets to its certificate."""
    with serve(lambda: drip(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc", b"\0", 0.05)) as url:
        before = time.monotonic()
        with pytest.raises(HttpError):
            read(url.replace("http:", "https:"))
        assert time.monotonic() - before < 20


TARGETS = [
    b"http://[", b"http://[::1", b"//", b"http://", b"http://a:b/", b"http://a:99999/", b"file:///x",
    b"http:///etc", b"\x1b[2J", b"http://x" + b"y" * 300 + b"/", b"gopher://x/",
    b"http://%zz/", b"http://a..b/", b"http://\x00/", b"javascript:1", b"http://@/", b"http://a:0/",
]  # fmt: skip


@pytest.mark.parametrize("target", TARGETS)
def test_a_redirect_to_no_address(target, tmp_path):
    answer = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + target + b"\r\n\r\n"
    with serve(lambda: [answer]) as url:
        for get in (lambda: read(url), lambda: ask(url), lambda: fetch(url, tmp_path / "f", 9)):
            with pytest.raises(HttpError) as caught:
                get()
            text = str(caught.value)
            assert text.isascii() and text.replace("\n", "").isprintable()


def test_what_a_server_says_is_printed_escaped():
    phrase = b"HTTP/1.1 404 \x1b[2J\x07\x9b" + b"z" * 5000 + b"\r\nContent-Length: 0\r\n\r\n"
    with serve(lambda: [phrase]) as url, pytest.raises(http.MissingError) as caught:
        read(url + "/\x1b]0;a")
    text = str(caught.value)
    assert r"404 \x1b[2J\x07\x9b" in text and text.isprintable() and len(text) < 300


@pytest.mark.parametrize("wait", [b"999999999", b"9" * 5000, b"-1", b"soon", b"\x1b", b"1e9",
                                  b"Fri, 31 Dec 9999 23:59:59 GMT"])  # fmt: skip
def test_a_busy_server_does_not_say_how_long_we_wait(wait):
    busy = b"HTTP/1.1 503 Busy\r\nRetry-After: " + wait + b"\r\nContent-Length: 0\r\n\r\n"
    before = time.monotonic()
    with serve(lambda: [busy]) as url, pytest.raises(HttpError):
        read(url)
    assert time.monotonic() - before < 10


@pytest.mark.parametrize(
    "said", [b"-5", b"9" * 5000, b"4, 5", b"4\r\nContent-Length: 9", b"0x4", b"\xb2", b"1", b"99"]
)
def test_a_length_that_is_a_lie(said, tmp_path):
    """What comes is what is wanted, or an error; never a traceback, nor a hang."""
    answer = OK + b"Content-Length: " + said + b"\r\nConnection: close\r\n\r\ntext"
    with serve(lambda: [answer]) as url:
        for get, right in (
            (lambda: read(url), (b"text", b"t")),
            (lambda: fetch(url, tmp_path / "f", 4), (b"text",)),
            (lambda: ask(url).size, (1, 99)),
        ):
            try:
                assert get() in right
            except HttpError:
                continue


def test_a_flood_of_headers():
    for part in (b"X-A: 1\r\n", b"X-B: " + b"x" * 70_000 + b"\r\n", b"Set-Cookie: a=b\r\n"):
        with serve(lambda part=part: flood(OK, part)) as url, pytest.raises(HttpError):
            read(url)


def test_a_validator_that_cannot_be_one():
    tag = OK + b'ETag: "\xff' + b"x" * 60_000 + b'"\r\nContent-Length: 4\r\n\r\n'
    with serve(lambda: [tag]) as url:
        assert ask(url) == http.Remote(4, "")


def test_mutated_answers(tmp_path):
    """Each is read, or refused in words; nothing else is raised, and none takes long."""
    source = random.Random(20261129)
    usual = [
        OK + b"Content-Length: 4\r\nETag: \"1\"\r\n\r\ntext",
        CHUNKED + WHOLE + b"X-Sum: 1\r\n\r\n",
        b"HTTP/1.1 206 Partial\r\nContent-Range: bytes 0-3/4\r\nContent-Length: 4\r\n\r\ntext",
        b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\ntext",
        b"HTTP/1.1 301 Moved\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 503 Busy\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n",
    ]  # fmt: skip
    now = [b""]
    verdicts = {"read": 0, "refused": 0}
    with serve(lambda: [now[0]]) as url:
        for number in range(count(120)):
            now[0] = mutate(source.choice(usual), source)
            before = time.monotonic()
            get = (read, ask, lambda url: fetch(url, tmp_path / "f", 4))[number % 3]
            try:
                get(url)
                verdicts["read"] += 1
            except HttpError as error:
                assert str(error).replace("\n", "").isprintable()
                verdicts["refused"] += 1
            assert time.monotonic() - before < 20, now[0]
            (tmp_path / "f").unlink(missing_ok=True)
    assert min(verdicts.values()) > 5, verdicts


def test_no_thread_is_left_waiting():
    """The timers of connections end with them."""
    with serve(lambda: [OK + b"Content-Length: 4\r\nConnection: close\r\n\r\ntext"]) as url:
        assert read(url) == b"text"
    assert not any(isinstance(thread, threading.Timer) for thread in threading.enumerate())


def test_a_port_where_nobody_is():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(MuslfallError, match="refused"):
        read(f"http://127.0.0.1:{port}/")
