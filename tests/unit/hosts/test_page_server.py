"""page_server: what it serves to whom, and how it drives a page."""

import io
import json
import re
import socket
import threading

import pytest
import requests

from muslfall.hosts import page_server
from muslfall.hosts.page_server import Job, Server


@pytest.fixture
def tree(tmp_path):
    """Modules, what is beside them, and what they must not reach."""
    (tmp_path / "modules" / "bits").mkdir(parents=True)
    (tmp_path / "modules" / "a.wasm").write_bytes(b"\0asm")
    (tmp_path / "modules" / "bits" / "errno.h").write_text("#define E 1\n")
    (tmp_path / "modules" / "key.pem").write_text("secret")
    (tmp_path / "loader.js").write_text("the loader")
    (tmp_path / "outside.wasm").write_bytes(b"outside")
    (tmp_path / "modules" / "link.wasm").symlink_to(tmp_path / "outside.wasm")
    return tmp_path


@pytest.fixture
def server(tree):
    offered = {"programs": [], "libraries": []}
    with Server([tree / "modules"], tree / "loader.js", offered) as server:
        yield server


def get(server, path: str, **options) -> requests.Response:
    return requests.get(server.url + path, timeout=20, **options)


def module(server, path) -> requests.Response:
    return get(server, "module", params={"path": str(path)})


def test_the_page_and_wasm_js(server):
    page = get(server, "")
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    names = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    names = [name for name in names if not name.startswith("data:")]
    assert sorted(names) == ["page.css", "page.js"]
    for name in (*names, "worker.js"):
        assert get(server, name).status_code == 200, name
    assert get(server, "wasm.js").content == b"the loader"


def test_the_page_has_what_its_script_asks_for():
    """Every id that page.js looks up is in index.html, and the other way round."""
    text = (page_server.PAGE / "index.html").read_text()
    script = (page_server.PAGE / "page.js").read_text()
    wanted = set(re.findall(r'\$\("([\w-]+)"\)', script))
    assert wanted <= set(re.findall(r'id="([\w-]+)"', text))


def test_nobody_else_finds_it(server):
    root = f"http://127.0.0.1:{server.server_port}"
    for path in ("/", "/wasm.js", "/x/", f"/{server.token[:-1]}/", f"/{server.token}x/"):
        assert requests.get(root + path, timeout=20).status_code == 404, path
    assert len(server.token) > 20


def test_only_this_machine_is_answered(server):
    assert server.server_address[0] == "127.0.0.1"


def test_modules(server, tree):
    found = module(server, tree / "modules" / "a.wasm")
    assert (found.content, found.headers["Content-Type"]) == (b"\0asm", "application/wasm")
    assert module(server, tree / "modules" / "bits" / "errno.h").status_code == 200


@pytest.mark.parametrize("name", ["a.out", "libf.so.1", "program"])
def test_a_module_may_have_any_name(server, tree, name):
    (tree / "modules" / name).write_bytes(b"\0asm\1\0\0\0")
    found = module(server, tree / "modules" / name)
    assert (found.status_code, found.headers["Content-Type"]) == (200, "application/wasm")


@pytest.mark.parametrize(
    "path",
    ["outside.wasm", "modules/../outside.wasm", "modules/link.wasm", "modules/key.pem",
     "modules/none.wasm", "modules", ""],
)  # fmt: skip
def test_what_is_no_module_of_its_folders(server, tree, path):
    assert module(server, tree / path if path else "").status_code == 404


def test_what_is_not_there(server):
    for path in (
        "none",
        "job",
        "jobs",
        "jobs/0/stdin?size=1",
        "jobs/x/end",
        "../wasm.js",
        "get_next",
    ):
        assert get(server, path).status_code == 404, path
    assert requests.post(server.url + "jobs/0/end", b"{}", timeout=20).status_code == 404


def test_the_programs_that_it_offers(server):
    assert get(server, "programs").json() == {"programs": [], "libraries": []}


def make_job(**more) -> tuple[Job, dict]:
    output = {1: io.BytesIO(), 2: io.BytesIO()}
    job = Job(
        {"paths": ["a.wasm"]},
        io.BytesIO(b"input").read,
        lambda fd, part: output[fd].write(part),
        **more,
    )
    return job, output


def test_a_job_from_beginning_to_end(server):
    job, output = make_job()
    server.submit(job)
    assert get(server, "next").json() == {"number": 0, "paths": ["a.wasm"]}
    assert get(server, "jobs/0/stdin?size=3").content == b"inp"
    assert get(server, "jobs/0/stdin?size=9").content == b"ut"
    assert get(server, "jobs/0/stdin?size=9").content == b""
    for fd, part in ((1, b"out"), (2, b"err"), (1, b"put")):
        assert requests.post(f"{server.url}jobs/0/{fd}", part, timeout=20).status_code == 204
    assert not job.ended.is_set()
    requests.post(f"{server.url}jobs/0/end", json.dumps({"status": 7}), timeout=20)
    assert job.ended.wait(20) and (job.status, job.failure) == (7, "")
    assert (output[1].getvalue(), output[2].getvalue()) == (b"output", b"err")


def test_output_that_cannot_be_written_ends_the_job(server):
    def write(fd, part):
        raise OSError(28, "No space left on device")

    job = Job({}, lambda size: b"", write)
    server.submit(job)
    assert requests.post(f"{server.url}jobs/0/1", b"out", timeout=20).status_code == 204
    assert job.ended.wait(20)
    assert job.failure == "its output cannot be written: No space left on device"


def test_a_page_that_waits_for_a_job(server):
    job, _ = make_job()
    timer = threading.Timer(0.2, server.submit, [job])
    timer.start()
    assert get(server, "next").json()["number"] == 0


def test_a_page_that_waits_in_vain_asks_again(server, monkeypatch):
    monkeypatch.setattr(page_server, "PATIENCE", 0.1)
    assert get(server, "next").status_code == 204


def test_the_folders_of_a_job(server, tree):
    job, _ = make_job(folders=(tree / "modules",))
    server.submit(job)

    def ask(what, path):
        return get(server, f"jobs/0/{what}", params={"path": str(path)})

    assert ask("file", tree / "modules" / "key.pem").content == b"secret"
    assert ask("folder", tree / "modules").json() == [
        {"name": "a.wasm", "directory": False},
        {"name": "bits", "directory": True},
        {"name": "key.pem", "directory": False},
        {"name": "link.wasm", "directory": False},
    ]
    for what, path in (
        ("file", "outside.wasm"),
        ("file", "modules/../outside.wasm"),
        ("folder", "."),
        ("file", "modules/link.wasm"),
        ("file", "modules"),
        ("folder", "modules/a.wasm"),
        ("file", "modules/none"),
    ):
        assert ask(what, tree / path).status_code == 404, (what, path)


def test_a_body_that_is_too_large_is_not_read(server, monkeypatch):
    monkeypatch.setattr(page_server, "LARGEST", 10)
    job, output = make_job()
    server.submit(job)
    assert requests.post(f"{server.url}jobs/0/1", b"x" * 11, timeout=20).status_code == 413
    assert output[1].getvalue() == b""


def test_a_page_that_goes_away_is_noticed(server):
    with socket.create_connection(("127.0.0.1", server.server_port)) as connection:
        connection.sendall(
            f"GET /{server.token}/alive HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
        )
        assert server.ready.wait(20) and not server.lost.is_set()
    assert server.lost.wait(20)
