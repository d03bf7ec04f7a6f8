"""nginx for the tests: a web server of a folder and a forwarding proxy, on 127.0.0.1."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from muslfall.base.folders import default_path
from muslfall.fetch import apt

#: One process, nothing outside of its folder. A request's line in the log: status, path, Range.
MAIN = """
daemon off;
master_process off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
  log_format short '$status $request_uri $http_range';
  access_log {folder}/access.log short;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  sendfile on;
  server {{
    listen 127.0.0.1:{port};
    {server}
  }}
}}
"""
FILES = "root {root}; default_type application/octet-stream; {more}"
PROXY = """
    {more}
    location / {{
      proxy_pass http://$http_host$request_uri;
      proxy_set_header Host $http_host;
      proxy_http_version 1.1;
      proxy_buffering off;
    }}
"""


@dataclass(frozen=True)
class Nginx:
    """A running nginx: its address, and what it was asked."""

    url: str
    log: Path

    def requests(self) -> list[str]:
        """A line `STATUS PATH RANGE` per request so far."""
        return self.log.read_text().splitlines() if self.log.exists() else []


def find() -> str:
    """The nginx of this machine; without one, Debian's, unpacked into the store. Needs no root."""
    if there := shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin"):
        return there
    folder = default_path() / "nginx"
    if not (folder / "usr/sbin/nginx").exists():
        unpack(folder)
    return str(folder / "usr/sbin/nginx")


def unpack(folder: Path) -> None:
    """Fetch Debian's package by apt, with a state of its own, and unpack it to `folder`."""
    work = folder.with_name(f"nginx.{os.getpid()}")
    (work / "root").mkdir(parents=True)
    release = dict(line.split("=", 1) for line in Path("/etc/os-release").read_text().splitlines())
    suite = release["VERSION_CODENAME"].strip('"')
    assert apt.write_sources(work / "parts", suite, apt.configuration(), "deb")
    for name in ("lists/partial", "archives/partial", "cache"):
        (work / name).mkdir(parents=True)
    for words in (["update"], ["download", "nginx"]):
        subprocess.run(
            ["apt-get", *apt.options(work), *words], cwd=work, check=True, capture_output=True
        )
    package = next(work.glob("nginx_*.deb"))
    subprocess.run(["dpkg-deb", "-x", package, work / "root"], check=True)
    if not folder.exists():
        (work / "root").rename(folder)
    shutil.rmtree(work, ignore_errors=True)


@contextmanager
def running(folder: Path, server: str) -> Iterator[Nginx]:
    """An nginx with the directives `server`; its files are in the new folder `folder`."""
    folder.mkdir(parents=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    conf = folder / "nginx.conf"
    conf.write_text(MAIN.format(folder=folder, port=port, server=server))
    process = subprocess.Popen([find(), "-p", folder, "-c", conf, "-e", folder / "error.log"])
    try:
        wait(process, port, folder)
        yield Nginx(f"http://127.0.0.1:{port}", folder / "access.log")
    finally:
        process.terminate()
        process.wait(10)


def wait(process: subprocess.Popen, port: int, folder: Path) -> None:
    """Wait until it listens."""
    end = time.monotonic() + 20
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        log = folder / "error.log"
        assert process.poll() is None, log.read_text() if log.exists() else "nginx has ended"
        assert time.monotonic() < end, "nginx does not listen"
        time.sleep(0.05)


def files(folder: Path, root: Path, more: str = ""):
    """A web server of the folder `root`. more: further directives."""
    return running(folder, FILES.format(root=root, more=more))


def proxy(folder: Path, more: str = ""):
    """A forwarding proxy."""
    return running(folder, PROXY.format(more=more))
