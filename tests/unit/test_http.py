"""HTTP: retries, resumed downloads, and what is no download, against a real server."""

import os
import socket

import pytest
from mirror import serve

from muslfall import http
from muslfall.http import HttpError, download

DATA = os.urandom(300_000)


@pytest.fixture
def mirror():
    with serve() as mirror:
        mirror.files["/f"] = DATA
        yield mirror


@pytest.fixture
def get(mirror, tmp_path):
    """Downloads /f to tmp_path/f with quick retries; returns what is there."""

    def run(**options):
        with http.make_session(backoff=0) as session:
            download(session, f"{mirror.url}/f", tmp_path / "f", len(DATA), **options)
        return (tmp_path / "f").read_bytes()

    return run


def test_a_file_comes_with_its_progress(get):
    seen = []
    assert get(advance=seen.append) == DATA
    assert seen[-1] == len(DATA) and seen == sorted(seen) and len(seen) > 1


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_busy_server_is_asked_again(mirror, get, status):
    mirror.faults["/f"] = [status, status]
    assert get() == DATA
    assert len(mirror.log) == 3


def test_a_server_that_stays_busy_is_an_error(mirror, get):
    mirror.faults["/f"] = [503] * 50
    with pytest.raises(HttpError, match="/f: .*503"):
        get()
    assert len(mirror.log) < 10


def test_a_missing_file_is_not_asked_for_twice(mirror, get):
    del mirror.files["/f"]
    with pytest.raises(HttpError, match="the server says 404"):
        get()
    assert len(mirror.log) == 1


def test_a_download_that_breaks_off_is_resumed_where_it_was(mirror, get):
    mirror.faults["/f"] = [("cut", 100_000), ("cut", 50_000)]
    assert get() == DATA
    assert mirror.log == [("/f", None), ("/f", "bytes=100000-"), ("/f", "bytes=150000-")]


def test_what_an_earlier_run_left_is_resumed(mirror, get, tmp_path):
    (tmp_path / "f").write_bytes(DATA[:1234])
    assert get() == DATA
    assert mirror.log == [("/f", "bytes=1234-")]


def test_a_complete_file_is_not_asked_for(mirror, get, tmp_path):
    (tmp_path / "f").write_bytes(DATA)
    assert get() == DATA
    assert mirror.log == []


def test_what_is_longer_than_the_file_is_no_beginning_of_it(mirror, get, tmp_path):
    (tmp_path / "f").write_bytes(DATA + b"x")
    assert get() == DATA
    assert mirror.log == [("/f", None)]


def test_a_server_without_ranges_starts_over(mirror, get):
    mirror.faults["/f"] = [("cut", 100_000), "norange"]
    assert get() == DATA


def test_a_wrong_range_is_never_appended(mirror, get, tmp_path):
    (tmp_path / "f").write_bytes(DATA[:1000])
    mirror.faults["/f"] = ["badrange"]
    with pytest.raises(HttpError, match="another range"):
        get()
    assert not (tmp_path / "f").exists()


def test_a_file_that_is_shorter_than_its_pin(mirror, get):
    mirror.files["/f"] = DATA[:1000]
    with pytest.raises(HttpError, match="of 300000 bytes are there"):
        get()
    assert len(mirror.log) < 20


def test_a_file_that_is_longer_than_its_pin_is_cut_short(mirror, get, tmp_path):
    mirror.files["/f"] = DATA * 20
    with pytest.raises(HttpError, match="more than the 300000 bytes"):
        get()
    assert not (tmp_path / "f").exists()


def test_no_server_says_so(tmp_path):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with http.make_session(backoff=0) as session, pytest.raises(HttpError, match="refused"):
        download(session, f"http://127.0.0.1:{port}/f", tmp_path / "f", 10)


def test_an_address_that_is_none(tmp_path):
    with http.make_session() as session, pytest.raises(HttpError, match="nonsense"):
        download(session, "nonsense", tmp_path / "f", 10)
