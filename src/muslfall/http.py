"""The HTTP client: downloads one file, and resumes it where it broke off."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from muslfall import __version__
from muslfall.errors import MuslfallError

CHUNK = 1 << 16
#: Seconds to wait for a connection, and for the next bytes.
TIMEOUT = (10, 60)
#: How often a download is taken up again without a single new byte in between.
FRUITLESS = 4
#: Answers of a server that another try may better.
RETRY_STATUS = (429, 500, 502, 503, 504)


class HttpError(MuslfallError):
    """A file could not be downloaded."""


def make_session(backoff: float = 0.5) -> requests.Session:
    """A session that retries refused connections and busy servers.

    backoff: seconds before the second retry; each further one waits twice as long.
    """
    retry = Retry(
        total=4,
        backoff_factor=backoff,
        status_forcelist=RETRY_STATUS,
        allowed_methods=("GET", "HEAD"),
        raise_on_status=False,
    )
    session = requests.Session()
    session.headers["User-Agent"] = f"muslfall/{__version__}"
    # A compressed transfer would make the offsets of Range mean something else.
    session.headers["Accept-Encoding"] = "identity"
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(max_retries=retry))
    return session


def download(
    session: requests.Session,
    url: str,
    path: Path,
    size: int,
    advance: Callable[[int], None] = lambda done: None,
) -> None:
    """Download `url` to `path`, which must become `size` bytes long.

    What `path` holds already is taken as the file's beginning. advance is told the bytes that
    are there so far. Raises HttpError: no connection, a bad status, a file of another size.
    The beginning stays at `path` to be resumed later, unless it cannot be one.
    """
    fruitless = best = 0
    while True:
        before = start_of(path, size)
        if before == size:
            return
        try:
            get(session, url, path, size, advance)
            reason = "the connection ended early"
        except (requests.ConnectionError, requests.Timeout) as error:
            reason = explain(error)
        except (requests.exceptions.ChunkedEncodingError, urllib3.exceptions.HTTPError):
            reason = "the connection broke"
        except requests.RequestException as error:
            raise HttpError(explain(error), url) from error
        after = start_of(path, size)
        if after == size:
            return
        fruitless = 0 if after > max(before, best) else fruitless + 1
        best = max(best, after)
        if fruitless >= FRUITLESS:
            raise HttpError(f"{reason} ({after} of {size} bytes are there)", url)


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
    session: requests.Session, url: str, path: Path, size: int, advance: Callable[[int], None]
) -> None:
    """One request for what is still missing, appended to `path` as far as it comes."""
    start = start_of(path, size)
    headers = {"Range": f"bytes={start}-"} if start else {}
    with session.get(url, headers=headers, stream=True, timeout=TIMEOUT) as answer:
        if answer.status_code == requests.codes.requested_range_not_satisfiable:
            # The server's file ends before what is there: it may be another file, so start over.
            path.unlink()
            return
        if answer.status_code not in (requests.codes.ok, requests.codes.partial_content):
            raise HttpError(f"the server says {answer.status_code} {answer.reason}", url)
        if answer.status_code == requests.codes.ok or range_start(answer) != start:
            start = 0 if answer.status_code == requests.codes.ok else refuse_range(path, url)
        append(answer, path, start, size, url, advance)


def range_start(answer: requests.Response) -> int | None:
    """The first byte of a partial answer, by its Content-Range."""
    found = re.match(r"bytes (\d+)-", answer.headers.get("Content-Range", ""))
    return int(found[1]) if found else None


def refuse_range(path: Path, url: str) -> int:
    path.unlink(missing_ok=True)
    raise HttpError("the server sent another range than it was asked for", url)


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
    with path.open("ab") as file:
        file.truncate(start)
        # Not iter_content: it drops the last bytes before a connection breaks.
        while chunk := answer.raw.read1(CHUNK):
            done += len(chunk)
            if done > size:
                break
            file.write(chunk)
            advance(done)
    if done > size:
        path.unlink()
        raise HttpError(f"the server sends more than the {size} bytes that were pinned", url)


def explain(error: requests.RequestException) -> str:
    """The cause of a failed request in a few words, without the library's wrapping."""
    if isinstance(error, requests.ConnectTimeout):
        return "no connection in time"
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    if isinstance(error, requests.exceptions.SSLError):
        return "the server's certificate cannot be verified"
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
