"""HTTP: retries, resumed downloads, and what is no download, against a real server."""

import os
import socket
import threading
import time

import pytest
from kit.mirror import serve

from muslfall.fetch import http
from muslfall.fetch.http import HttpError, download

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
    with pytest.raises(HttpError, match="only 1000 of the 300000 bytes"):
        get()
    assert len(mirror.log) < 20


def test_a_file_that_is_longer_than_its_pin_is_cut_short(mirror, get, tmp_path):
    mirror.files["/f"] = DATA * 20
    with pytest.raises(HttpError, match="6000000 bytes, more than the 300000"):
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


@pytest.fixture
def session():
    with http.make_session(backoff=0) as session:
        yield session


def test_a_page_in_the_place_of_a_file_is_refused_at_once(mirror, get, tmp_path):
    mirror.faults["/f"] = ["page"]
    with pytest.raises(HttpError, match=r"sent a page \(text/html\) instead of the file"):
        get()
    assert not (tmp_path / "f").exists() and len(mirror.log) == 1


def test_a_redirect_is_followed(mirror, get):
    mirror.faults["/f"] = [("to", "/g")]
    mirror.files["/g"] = DATA
    assert get() == DATA


def test_a_loop_of_redirects_ends(mirror, session):
    mirror.faults["/f"] = [("to", "/g"), "forever"]
    mirror.faults["/g"] = [("to", "/f"), "forever"]
    with pytest.raises(HttpError, match="redirects more than 8 times"):
        http.read(session, f"{mirror.url}/f", 10)


def test_a_server_that_trickles_is_too_slow(mirror, session, tmp_path):
    mirror.faults["/f"] = ["endless"]
    patience = http.Patience(rate=1e6, window=0.2)
    with pytest.raises(HttpError, match="too slow: .* less than 1e\\+06 bytes per second"):
        download(session, f"{mirror.url}/f", tmp_path / "f", len(DATA), patience=patience)


def test_a_server_that_falls_silent_is_given_up(mirror, session, tmp_path):
    never = threading.Event()
    mirror.faults["/f"] = [("stall", never), "forever"]
    patience = http.Patience(read=0.1)
    with pytest.raises(HttpError, match=r"nothing more came in time \(\d+ of 300000 bytes"):
        download(session, f"{mirror.url}/f", tmp_path / "f", len(DATA), patience=patience)
    never.set()


def test_data_without_end_stops_at_the_limit(mirror, session, tmp_path):
    mirror.faults["/f"] = ["endless", "endless"]
    with pytest.raises(HttpError, match="longer than the 1000 bytes"):
        http.read(session, f"{mirror.url}/f", 1000)
    with pytest.raises(HttpError, match="more than the 1000 bytes"):
        download(session, f"{mirror.url}/f", tmp_path / "f", 1000)
    assert not (tmp_path / "f").exists()


def test_the_size_of_what_nothing_is_known_of(mirror, session):
    assert http.ask(session, f"{mirror.url}/f", 1 << 20) == http.Remote(len(DATA), '"1"')
    with pytest.raises(HttpError, match="300000 bytes long, more than the 1000"):
        http.ask(session, f"{mirror.url}/f", 1000)
    mirror.faults["/f"] = ["nolength", "page"]
    with pytest.raises(HttpError, match="does not say how long"):
        http.ask(session, f"{mirror.url}/f", 1 << 20)
    with pytest.raises(HttpError, match="is a page"):
        http.ask(session, f"{mirror.url}/f", 1 << 20)


def test_a_small_file_is_read_whole_or_not_at_all(mirror, session):
    mirror.faults["/f"] = [503, ("cut", 100), ("cut", 200)]
    assert http.read(session, f"{mirror.url}/f", 1 << 20) == DATA
    mirror.faults["/f"] = [("cut", 100), "forever"]
    with pytest.raises(HttpError, match="/f: the connection broke"):
        http.read(session, f"{mirror.url}/f", 1 << 20)


def test_what_is_not_there_is_told_apart(mirror, session):
    with pytest.raises(http.MissingError, match="404"):
        http.ask(session, f"{mirror.url}/g", 1 << 20)
    mirror.faults["/f"] = [403, 500, "forever"]
    with pytest.raises(http.MissingError, match="403"):
        http.ask(session, f"{mirror.url}/f", 1 << 20)
    with pytest.raises(HttpError, match="500"):
        http.ask(session, f"{mirror.url}/f", 1 << 20)


def test_two_files_of_one_address_are_never_joined(mirror, session, tmp_path):
    """The file changes while the download is interrupted; nothing pins its digest."""
    mirror.faults["/f"] = [("cut", 100_000), ("change", "/f", DATA[::-1])]
    download(session, f"{mirror.url}/f", tmp_path / "f", len(DATA), validator='"1"')
    assert (tmp_path / "f").read_bytes() == DATA[::-1]


def test_without_a_validator_a_broken_download_starts_over(mirror, session, tmp_path):
    mirror.faults["/f"] = [("cut", 100_000)]
    download(session, f"{mirror.url}/f", tmp_path / "f", len(DATA), validator="")
    assert mirror.log == [("/f", None), ("/f", None)]


@pytest.mark.parametrize("through", ["directly", "a proxy"])
def test_an_answer_that_drips_in_is_given_up(tmp_path, monkeypatch, through):
    """A byte every now and then keeps a socket's timeout from ever coming."""
    monkeypatch.setattr(http, "ANSWER_TIME", 0.2)
    for name in ("http_proxy", "HTTP_PROXY", "no_proxy", "NO_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        threading.Thread(target=drip, args=(server,), daemon=True).start()
        if through == "a proxy":
            monkeypatch.setenv("http_proxy", address)
            address = "http://nowhere.invalid"
        start = time.monotonic()
        with http.make_session(backoff=0) as session, pytest.raises(HttpError):
            download(session, f"{address}/f", tmp_path / "f", 10)
        assert time.monotonic() - start < 20
    assert not (tmp_path / "f").exists() or (tmp_path / "f").stat().st_size == 0


def drip(server):
    """Answers everybody with a header that never ends."""
    while True:
        try:
            connection = server.accept()[0]
            connection.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
            for _ in range(1000):
                connection.sendall(b"x")
                time.sleep(0.02)
        except OSError:
            if server.fileno() < 0:
                return
