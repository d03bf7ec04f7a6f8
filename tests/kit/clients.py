"""Registries that are made up: wheels for the real pip to find, and clients of npm and apt."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path


def script(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)


def wheel(folder: Path, package: str, version: str, tag: str, files: dict[str, str]) -> Path:
    """A wheel with these files, which are run."""
    folder.mkdir(parents=True, exist_ok=True)
    plain = package.replace("-", "_")
    info = f"{plain}-{version}.dist-info"
    path = folder / f"{plain}-{version}-py3-none-{tag}.whl"
    metadata = f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n"
    described = f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: py3-none-{tag}\n"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in {
            **files,
            f"{info}/METADATA": metadata,
            f"{info}/WHEEL": described,
            f"{info}/RECORD": "",
        }.items():
            archive.writestr(name, text)
    return path


def pip_environment(wheels: Path) -> dict[str, str]:
    """The variables by which pip finds the wheels of a folder, and nothing else."""
    return {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels), "PIP_CONFIG_FILE": os.devnull}


def pip(folder: Path, wheels: Path) -> tuple[str, ...]:
    """The command of a pip that has the wheels of a folder; the real one takes seconds to start.

    It knows `index versions PACKAGE` and `download --platform TAG… --dest FOLDER PACKAGE==VERSION`.
    """
    script(
        folder / "pip",
        f"""cd {wheels}
case $1 in
index)
  v=$(ls | sed 's/^[^-]*-\\([^-]*\\)-.*/\\1/' | sort -ru | paste -sd, | sed 's/,/, /g')
  echo "Available versions: $v" ;;
download)
  tags=' '
  while [ $# -gt 1 ]; do
    case $1 in --platform) tags="$tags$2 " ;; --dest) dest=$2 ;; esac
    shift
  done
  for wheel in *-"${{1#*==}}"-*.whl; do
    tag=${{wheel##*-}} tag=${{tag%.whl}}
    case $tags in *" $tag "*) cp "$wheel" "$dest"; exit ;; esac
    case $tags$tag in *macosx*arm64*macosx*arm64) cp "$wheel" "$dest"; exit ;; esac
  done
  echo "ERROR: No matching distribution found for $1" >&2; exit 1 ;;
esac""",
    )
    return (str(folder / "pip"),)


def npm(folder: Path, versions: object) -> None:
    """An npm that has these versions of any package, and notes what it was asked."""
    said = json.dumps(versions)
    script(
        folder / "npm",
        f"""echo "$*" >> {folder}/asked
case $1 in
view) echo '{said}' ;;
pack) echo "$5" > "$4"/package.tgz ;;
esac""",
    )


SHOWSRC = """Package: musl
Version: {debian}
Checksums-Sha256:
 {sha256} 5 musl_{version}.orig.tar.gz
 {other} 833 musl_{version}.orig.tar.gz.asc
 {other} 20 musl_{debian}.debian.tar.xz
"""


def apt(folder: Path, tarballs: dict[str, Path]) -> None:
    """An apt whose one suite, sid, has these upstream tarballs by their versions."""
    from muslfall.base.files import digest

    shown = "\n".join(
        SHOWSRC.format(version=version, debian=f"{version}-1", sha256=digest(path), other="b" * 64)
        for version, path in tarballs.items()
    )
    (folder / "shown").parent.mkdir(parents=True, exist_ok=True)
    (folder / "shown").write_text(shown)
    for version, path in tarballs.items():
        (folder / f"{version}-1").symlink_to(path)
    script(folder / "apt-cache", f"case $* in *apt-sid*) cat {folder}/shown ;; esac")
    script(
        folder / "apt-get",
        f"""for last; do :; done
case $* in
*download-only*) v=${{last#*=}}; cp {folder}/$v ./musl_${{v%-1}}.orig.tar.gz ;;
esac""",
    )
