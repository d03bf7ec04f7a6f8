"""The HTTP client: downloads one file, and resumes it where it broke off.

A server is given neither time nor memory without end, wherever in its answer it takes them: every
byte that a socket gives, of headers, sizes of chunks, chunks and trailers, passes through a Meter.
"""

from __future__ import annotations

import http.client
import io
import os
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from muslfall import __version__
from muslfall.base.errors import MuslfallError
from muslfall.base.printable import shown

CHUNK = 1 << 18
#: Seconds in which a connection must be made, and in which an answer's status and headers must be
#: there, and again anything of its body.
ANSWER_TIME = 60.0
#: Bytes that a server may send besides a body: headers, sizes of chunks, trailers; and how many
#: more for each byte of it: a chunk of one byte has six.
OVERHEAD = 1 << 20
FRAMING = 8
#: Seconds that a busy server may ask us to wait, at most.
RETRY_AFTER = 30
#: Characters of a reason phrase, and of a validator.
PHRASE, VALIDATOR = 80, 200
#: How often a download is taken up again without a single new byte in between.
FRUITLESS = 4
#: Answers of a server that another try may better.
RETRY_STATUS = (429, 500, 502, 503, 504)
#: Answers that say that a file is not there; buckets say 403 where nobody may list them.
MISSING_STATUS = (403, 404, 410)
#: Answers that say that a file is somewhere else.
MOVED = (301, 302, 303, 307, 308)
#: How many redirects lead to a file: a bucket takes one or two.
REDIRECTS = 8


@dataclass(frozen=True)
class Patience:
    """How slow a server may be. connect, read: seconds to wait for a connection, and for the
    next bytes. rate: bytes per second that it must send at least, on average over `window`
    seconds."""

    connect: float = 10
    read: float = 60
    rate: float = 1024
    window: float = 60


PATIENCE = Patience()


#: What to do about a server that does not do as it should.
ELSEWHERE = "later, or another mirror: MUSLFALL_MIRROR=http://HOST"
#: What a server that breaks off, or that breaks HTTP's rules, makes the libraries raise.
BROKEN = (
    requests.exceptions.ChunkedEncodingError,
    urllib3.exceptions.HTTPError,
    http.client.HTTPException,
)


class HttpError(MuslfallError):
    """A file could not be downloaded."""


class MissingError(HttpError):
    """The server has no such file, or none that it gives."""


class SlowError(Exception):
    """A server sends, but less than the least rate."""


class Meter(io.RawIOBase):
    """The bytes of a socket, counted, and given up when it is too slow or of no use.

    Before the body begins, an answer has ANSWER_TIME; from then on it must bring the least rate
    of `patience` in each window, of which `credit` is told; and never much more than that.
    """

    def __init__(self, raw: io.RawIOBase) -> None:
        self.raw = raw
        self.patience: Patience | None = None
        self.since = time.monotonic()
        self.count = 0
        self.idle = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int | None:
        self.check()
        size = self.raw.readinto(buffer)
        self.idle += size or 0
        self.check()
        return size

    def close(self) -> None:
        self.raw.close()
        super().close()

    def check(self) -> None:
        """Raise SlowError: there is no more patience."""
        passed = time.monotonic() - self.since
        if self.idle > OVERHEAD:
            raise SlowError(f"sends more than {OVERHEAD} bytes in which there is nothing of it")
        if self.patience is None:
            if passed > ANSWER_TIME:
                raise SlowError(f"too slow: no answer in {passed:.0f} s")
        elif passed >= self.patience.window:
            if self.count < self.patience.rate * passed:
                raise SlowError(
                    f"too slow: {self.count} bytes in {passed:.0f} s, less than "
                    f"{self.patience.rate:g} bytes per second"
                )
            self.since, self.count = time.monotonic(), 0

    def begin(self, patience: Patience) -> None:
        """The body is read from now on."""
        self.patience = patience
        self.since, self.count, self.idle = time.monotonic(), 0, 0

    def credit(self, size: int) -> None:
        """So many bytes of the body are there."""
        self.count += size
        self.idle = max(0, self.idle - (1 + FRAMING) * size)
        self.check()


class Metered(http.client.HTTPResponse):
    """An answer whose every byte passes through a Meter."""

    def __init__(self, *args, **options) -> None:
        super().__init__(*args, **options)
        self.meter = Meter(self.fp.detach())
        self.fp = io.BufferedReader(self.meter)


class Impatient:
    """A connection whose answers are metered, and which is made in ANSWER_TIME or not at all.

    A socket's timeout is for the next byte alone: in a handshake, or while a proxy answers, one a
    minute would keep it for ever.
    """

    response_class = Metered
    twin: socket.socket | None = None
    late = False

    def _new_conn(self) -> socket.socket:
        made = super()._new_conn()  # type: ignore[misc]
        self.twin = made.dup()  # TLS takes the socket itself away while it shakes hands
        return made

    def connect(self) -> None:
        timer = threading.Timer(ANSWER_TIME, self.hang_up)
        timer.daemon = True
        timer.start()
        try:
            super().connect()  # type: ignore[misc]
        except (OSError, urllib3.exceptions.HTTPError, http.client.HTTPException):
            if self.late:
                raise SlowError(f"too slow: no connection in {ANSWER_TIME:g} s") from None
            raise
        finally:
            timer.cancel()
            if self.twin is not None:
                self.twin.close()
                self.twin = None

    def hang_up(self) -> None:
        self.late = True
        with suppress(OSError, AttributeError):
            self.twin.shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]


class Capped(Retry):
    """Retries whose waits a server does not choose alone."""

    def parse_retry_after(self, retry_after: str) -> float:
        """Seconds to wait, at most RETRY_AFTER, for what a server says, whatever that is."""
        if not re.fullmatch(r"[ -~]{1,40}", retry_after):
            return 0
        with suppress(ValueError, OverflowError, urllib3.exceptions.HTTPError):
            return min(max(0, super().parse_retry_after(retry_after)), RETRY_AFTER)
        return 0


class Session(requests.Session):
    """A session that leaves redirects to `opened`: requests reads all of a redirect's body."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


class HttpPool(urllib3.HTTPConnectionPool):
    ConnectionCls = type(
        "HttpConnection", (Impatient, urllib3.HTTPConnectionPool.ConnectionCls), {}
    )


class HttpsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = type(
        "HttpsConnection", (Impatient, urllib3.HTTPSConnectionPool.ConnectionCls), {}
    )


class Adapter(HTTPAdapter):
    """requests' way to urllib3, with impatient connections, through proxies too."""

    def init_poolmanager(self, *args, **options):
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": HttpPool, "https": HttpsPool}

    def proxy_manager_for(self, *args, **options):
        manager = super().proxy_manager_for(*args, **options)
        manager.pool_classes_by_scheme = {"http": HttpPool, "https": HttpsPool}
        return manager


def make_session(backoff: float = 0.5) -> requests.Session:
    """A session that retries refused connections and busy servers.

    backoff: seconds before the second retry; each further one waits twice as long.
    """
    retry = Capped(
        total=4,
        redirect=0,  # `opened` follows them, and counts
        backoff_factor=backoff,
        status_forcelist=RETRY_STATUS,
        allowed_methods=("GET", "HEAD"),
        raise_on_status=False,
    )
    session = Session()
    session.headers["User-Agent"] = f"muslfall/{__version__}"
    # A compressed transfer would make the offsets of Range mean something else.
    session.headers["Accept-Encoding"] = "identity"
    for scheme in ("http://", "https://"):
        session.mount(scheme, Adapter(max_retries=retry))
    return session


def download(
    session: requests.Session,
    url: str,
    path: Path,
    size: int,
    advance: Callable[[int], None] = lambda done: None,
    patience: Patience = PATIENCE,
    validator: str | None = None,
) -> None:
    """Download `url` to `path`, which must become `size` bytes long.

    What `path` holds already is taken as the file's beginning; with a `validator` only while the
    server says that the file is still that one, and with an empty one never. advance is told the
    bytes that are there so far. Raises HttpError: no connection, a bad status, a file of another
    size, a server that is too slow. The beginning stays at `path` to be resumed later, unless it
    cannot be one.
    """
    fruitless = best = 0
    while True:
        before = start_of(path, size)
        if before == size:
            return
        reason = attempt(lambda: get(session, url, path, size, advance, patience, validator), url)
        after = start_of(path, size)
        if after == size:
            return
        fruitless = 0 if after > max(before, best) else fruitless + 1
        best = max(best, after)
        if fruitless >= FRUITLESS:
            raise HttpError(f"{reason} ({after} of {size} bytes are there)", url)


def attempt(request: Callable[[], None], url: str) -> str:
    """Why one request that may be tried again did not bring all. Raises HttpError: why not."""
    try:
        request()
        return "the connection ended early"
    except SlowError as error:
        raise HttpError(str(error), url, ELSEWHERE) from error
    except urllib3.exceptions.ReadTimeoutError:
        return "nothing more came in time"
    except BROKEN:
        return "the connection broke"
    except (requests.ConnectionError, requests.Timeout) as error:
        return explain(error)
    except requests.RequestException as error:
        raise HttpError(explain(error), url) from error


@contextmanager
def opened(
    session: requests.Session,
    method: str,
    url: str,
    patience: Patience,
    headers: dict[str, str] | None = None,
) -> Iterator[requests.Response]:
    """The answer to a request, behind at most REDIRECTS redirects, its body not read yet.

    Raises HttpError: one leads to no address, or there are more; and whatever requests raises.
    """
    timeout = (patience.connect, patience.read)
    place = url
    for _ in range(REDIRECTS + 1):
        answer = ask_once(session, method, place, headers or {}, timeout)
        with answer:
            target = answer.headers.get("Location")
            if answer.status_code not in MOVED or target is None:
                if (meter := meter_of(answer)) is not None:
                    meter.begin(patience)
                yield answer
                return
            place = redirected(place, target, url)
    raise HttpError(f"redirects more than {REDIRECTS} times", url, ELSEWHERE)


def ask_once(
    session: requests.Session, method: str, place: str, headers: dict, timeout: tuple
) -> requests.Response:
    """One request. Raises HttpError: the address is none, by one library or another."""
    try:
        return session.request(method, place, headers=headers, stream=True, timeout=timeout)
    except requests.RequestException:
        raise
    except (ValueError, urllib3.exceptions.LocationValueError) as error:
        raise HttpError(f"is no address: {error}", place, ELSEWHERE) from error


def redirected(place: str, target: str, url: str) -> str:
    """Where a redirect leads. Raises HttpError: to no address of HTTP."""
    try:
        found = urljoin(place, target)
        parts = urlsplit(found)
        if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0:
            return found
    except ValueError:
        pass
    raise HttpError(f"redirects to what is no address: {shown(target)}", url, ELSEWHERE)


def meter_of(answer: requests.Response) -> Meter | None:
    """The meter of an answer that comes over our connections."""
    return getattr(getattr(answer.raw, "_original_response", None), "meter", None)


def start_of(path: Path, size: int) -> int:
    """How many bytes of the file are at `path`; what is too long is no beginning of it."""
    try:
        there = path.stat().st_size
    except FileNotFoundError:
        return 0
    if there > size:
        path.unlink()
        return 0
    return there


def get(
    session: requests.Session,
    url: str,
    path: Path,
    size: int,
    advance: Callable[[int], None],
    patience: Patience = PATIENCE,
    validator: str | None = None,
) -> None:
    """One request for what is still missing, appended to `path` as far as it comes."""
    start = start_of(path, size) if validator != "" else 0
    headers = {"Range": f"bytes={start}-"} if start else {}
    if start and validator:
        headers["If-Range"] = validator
    with opened(session, "GET", url, patience, headers) as answer:
        if answer.status_code == requests.codes.requested_range_not_satisfiable:
            # The server's file ends before what is there: it may be another file, so start over.
            path.unlink()
            return
        check_status(answer, url)
        if answer.status_code == requests.codes.ok or range_start(answer) != start:
            start = 0 if answer.status_code == requests.codes.ok else refuse_range(path, url)
        check_length(answer, size - start, url)
        append(answer, path, start, size, url, advance)


def check_status(answer: requests.Response, url: str) -> None:
    said = f"the server says {answer.status_code} {str(answer.reason)[:PHRASE]}"
    if answer.status_code in MISSING_STATUS:
        raise MissingError(said, url)
    if answer.status_code not in (requests.codes.ok, requests.codes.partial_content):
        raise HttpError(said, url, ELSEWHERE)


def range_start(answer: requests.Response) -> int | None:
    """The first byte of a partial answer, by its Content-Range."""
    found = re.match(r"bytes ([0-9]{1,18})-", answer.headers.get("Content-Range", ""))
    return int(found[1]) if found else None


def refuse_range(path: Path, url: str) -> int:
    path.unlink(missing_ok=True)
    raise HttpError("the server sent another range than it was asked for", url)


def length_of(answer: requests.Response) -> int | None:
    """The length of an answer's body in bytes, where the server says it."""
    text = answer.headers.get("Content-Length", "")
    return int(text) if re.fullmatch("[0-9]{1,18}", text) else None


def is_page(answer: requests.Response) -> bool:
    """Whether the body is a page for people: a proxy's, a login's, an error's."""
    kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return kind in ("text/html", "application/xhtml+xml")


def check_length(answer: requests.Response, wanted: int, url: str) -> None:
    """Refuse at once a body that says of itself that it is not `wanted` bytes."""
    length = length_of(answer)
    if length == wanted:
        return
    if is_page(answer):
        what = "sent a page (text/html) instead of the file"
        raise HttpError(f"the server, or a proxy, {what}", url, "the address, and http_proxy")
    if length is None:
        return
    if length < wanted:
        raise HttpError(f"the server has only {length} of the {wanted} bytes wanted", url)
    raise HttpError(f"the server sends {length} bytes, more than the {wanted} wanted", url)


def pieces(answer: requests.Response) -> Iterator[bytes]:
    """The body as it comes. Raises SlowError: as Meter has it."""
    meter = meter_of(answer)
    # Not iter_content: it drops the last bytes before a connection breaks.
    while chunk := answer.raw.read1(CHUNK):
        yield chunk
        if meter is not None:
            meter.credit(len(chunk))


def append(
    answer: requests.Response,
    path: Path,
    start: int,
    size: int,
    url: str,
    advance: Callable[[int], None],
) -> None:
    """Write an answer's body to `path` from byte `start` on; no byte more than `size`."""
    done = start
    # Nobody but us may write it, for it is checked before it is moved, whatever the umask.
    with open(path, "ab", opener=lambda name, flags: os.open(name, flags, 0o644)) as file:
        file.truncate(start)
        for chunk in pieces(answer):
            done += len(chunk)
            if done > size:
                break
            file.write(chunk)
            advance(done)
    if done > size:
        path.unlink()
        raise HttpError(f"the server sends more than the {size} bytes that were pinned", url)


@dataclass(frozen=True)
class Remote:
    """A file on a server: its size in bytes, and a validator, which changes when the file does.

    The validator is for If-Range, by which a resumed download never joins two files; empty: the
    server gives none. Source: RFC 9110, 13.1.5.
    """

    size: int
    validator: str = ""


def ask(session: requests.Session, url: str, limit: int, patience: Patience = PATIENCE) -> Remote:
    """The server's answer for the file at `url`, without its body.

    Raises MissingError: there is none. Raises HttpError: no size, a page for people, more than
    `limit` bytes.
    """
    try:
        with opened(session, "HEAD", url, patience) as answer:
            check_status(answer, url)
            length = length_of(answer)
    except requests.RequestException as error:
        raise HttpError(explain(error), url, ELSEWHERE) from error
    except SlowError as error:
        raise HttpError(str(error), url, ELSEWHERE) from error
    except BROKEN as error:
        raise HttpError("the server's answer is none of HTTP's", url, ELSEWHERE) from error
    if is_page(answer):
        raise HttpError("is a page (text/html) and not an archive", url)
    if length is None:
        raise HttpError("the server does not say how long the file is", url)
    if length > limit:
        raise HttpError(f"is {length} bytes long, more than the {limit} that are allowed", url)
    tag = answer.headers.get("ETag", "")
    strong = tag if tag and not tag.startswith("W/") else ""
    validator = strong or answer.headers.get("Last-Modified", "")
    sane = len(validator) <= VALIDATOR and validator.isascii() and validator.isprintable()
    return Remote(length, validator if sane else "")


def read(session: requests.Session, url: str, limit: int, patience: Patience = PATIENCE) -> bytes:
    """The content of a small file. Raises HttpError as `download`, or: more than `limit` bytes."""
    found: list[bytes] = []

    def request() -> None:
        with opened(session, "GET", url, patience) as answer:
            check_status(answer, url)
            body = bytearray()
            for chunk in pieces(answer):
                body += chunk
                if len(body) > limit:
                    raise HttpError(f"is longer than the {limit} bytes that are allowed", url)
            if length_of(answer) in (None, len(body)):
                found.append(bytes(body))

    for _ in range(FRUITLESS):
        reason = attempt(request, url)
        if found:
            return found[0]
    raise HttpError(reason, url)


def explain(error: requests.RequestException) -> str:
    """The cause of a failed request in a few words, without the library's wrapping."""
    if isinstance(error, requests.ConnectTimeout):
        return "no connection in time"
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    if isinstance(error, requests.exceptions.SSLError):
        return "the server's certificate cannot be verified"
    if isinstance(error, requests.exceptions.ProxyError):
        return "the proxy cannot be reached, or refuses"
    text = str(error)
    for sign, meaning in (
        ("NameResolution", "the host name is not known (is the network up?)"),
        ("Connection refused", "connection refused"),
        ("unreachable", "the network is unreachable"),
        ("Connection aborted", "the connection broke"),
        ("Connection broken", "the connection broke"),
        ("Max retries exceeded", "no connection"),
    ):
        if sign in text:
            return meaning
    return text.partition("\n")[0][:200]
