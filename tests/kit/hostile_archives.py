"""Archives that are wrong on purpose, made here and harmless: for our own reader alone."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import stat
import tarfile
import zipfile

from kit.bytes_mutation import mutate

BLOCK = 512
PACK = {
    "gz": lambda data: gzip.compress(data, 1, mtime=0),
    "bz2": lambda data: bz2.compress(data, 1),
    "xz": lambda data: lzma.compress(data, preset=0),
}


def header(name=b"f", kind=b"0", size=0, link=b"", time=b"00000000000\0", magic=b"ustar\x0000"):
    """One header of tar, with the fields as they are given; size: octal, or bytes as they are."""
    field = size if isinstance(size, bytes) else b"%011o\0" % size
    block = bytearray(BLOCK)
    for place, value in ((0, name), (100, b"0000644\0"), (124, field), (136, time), (156, kind),
                         (157, link), (257, magic)):  # fmt: skip
        block[place : place + len(value)] = value
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % BLOCK)


def member(data=b"", **fields) -> bytes:
    return header(size=fields.pop("size", len(data)), **fields) + padded(data)


def tar(*parts: bytes) -> bytes:
    return b"".join(parts) + bytes(2 * BLOCK)


def pax(*records: bytes, kind=b"x") -> bytes:
    """A pax header; each record is `keyword=value`."""
    data = b""
    for record in records:
        length = len(record) + 2
        while length != len(b"%d" % length) + len(record) + 2:
            length = len(b"%d" % length) + len(record) + 2
        data += b"%d %s\n" % (length, record)
    return member(data, name=b"pax", kind=kind)


def gz(*parts: bytes) -> bytes:
    return PACK["gz"](tar(*parts))


def ar(*members: tuple[bytes, bytes, bytes | None]) -> bytes:
    """A Debian package's archive: name, content, and the size that is said (None: the true)."""
    out = b"!<arch>\n"
    for name, data, size in members:
        said = b"%d" % len(data) if size is None else size
        out += name.ljust(16) + b"0".ljust(12) + b"0".ljust(6) * 2 + b"644".ljust(8)
        out += said.ljust(10) + b"`\n" + data + b"\n" * (len(data) % 2)
    return out


def deb(*members) -> bytes:
    return ar((b"debian-binary", b"2.0\n", None), *members)


def zipped(*members, method=zipfile.ZIP_DEFLATED) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", method) as file:
        for name, content in members:
            file.writestr(name, content)
    return data.getvalue()


def zip_info(name: str, mode: int = stat.S_IFREG | 0o644, **fields) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = mode << 16
    for key, value in fields.items():
        setattr(info, key, value)
    return info


def changed(data: bytes, old: bytes, new: bytes) -> bytes:
    assert old in data
    return data.replace(old, new)


def wrong_sum(packed: bytes, place: int) -> bytes:
    """A stream with one bit of its checksum the other way."""
    content = bytearray(packed)
    content[place] ^= 1
    return bytes(content)


NEGATIVE = b"\xff" * 11 + b"\x00"
HUGE = b"\x80" + b"\xff" * 11
ONE = member(b"1", name=b"t/a")
LINK = stat.S_IFLNK | 0o777


def cases() -> dict[str, tuple[str, bytes, str]]:
    """Name of the case: the archive's name, its bytes, what its refusal says."""
    deep = b"/".join([b"d"] * 3000)
    long_name = member(deep + b"\0", name=b"././@LongLink", kind=b"L")
    many = member(b"n" * (3 << 20), name=b"././@LongLink", kind=b"L")
    good = PACK["gz"](tar(ONE))
    links = [(b"data.tar.gz", gz(ONE), None)]
    return {
        "deb, a negative size": ("a.deb", deb((b"x", b"", b"-60"), *links), "header of its ar"),
        "deb, a size with _": ("a.deb", deb((b"x", b"", b"1_0"), *links), "header of its ar"),
        "deb, no data": ("a.deb", deb(), "has no data.tar"),
        "deb, many members": ("a.deb", deb(*[(b"x", b"", None)] * 40), "first 16 members"),
        "deb, zstd": ("a.deb", deb((b"data.tar.zst", b"\x28\xb5\x2f\xfd1234", None)), "zstd"),
        "deb, cut": ("a.deb", deb((b"data.tar.gz", good[:-9], b"%d" % len(good))), "damaged"),
        "tar, a negative size": ("a.tar.gz", gz(member(size=NEGATIVE), ONE), "bytes"),
        "tar, a huge size": ("a.tar.gz", gz(member(size=HUGE), ONE), "unpacks to more"),
        "tar, a size that is none": ("a.tar.gz", gz(member(size=b"12345678z12\0")), "size in a"),
        "tar, pax: a negative size": ("a.tar.gz", gz(pax(b"size=-512"), ONE), "bytes"),
        "tar, pax: 5,000 digits": ("a.tar.gz", gz(pax(b"size=" + b"9" * 5000), ONE), "no number"),
        "tar, pax: time of infinity": ("a.tar.gz", gz(pax(b"mtime=inf"), ONE), "time.*no number"),
        "tar, pax: time of 1e999": ("a.tar.gz", gz(pax(b"mtime=1e999"), ONE), "no number"),
        "tar, pax: no number as time": ("a.tar.gz", gz(pax(b"mtime=nan"), ONE), "no number"),
        "tar, a time far off": ("a.tar.gz", gz(member(b"1", time=HUGE)), "no file can have"),
        "tar, pax: malformed": ("a.tar.gz", gz(member(b"99 path=x\n", kind=b"x"), ONE), "pax"),
        "tar, pax: length 0": ("a.tar.gz", gz(member(b"0 path=x\n", kind=b"x"), ONE), "pax"),
        "tar, sparse by pax": ("a.tar.gz", gz(pax(b"GNU.sparse.major=1"), ONE), "sparse"),
        "tar, sparse": ("a.tar.gz", gz(member(b"1", kind=b"S")), "sparse"),
        "tar, 3,000 folders": ("a.tar.gz", gz(long_name, ONE), "at most 4096"),
        "tar, pax: 3,000 folders": ("a.tar.gz", gz(pax(b"path=" + deep), ONE), "more than 64"),
        "tar, 3,000 folders alone": (
            "a.tar.gz", gz(pax(b"path=" + deep), member(name=b"d", kind=b"5")), "more than 64"),
        "tar, a name of 3 MB": ("a.tar.gz", gz(many, ONE), "at most 4096"),
        "tar, a name of 300": ("a.tar.gz", gz(pax(b"path=" + b"n" * 300), ONE), "more than 255"),
        "tar, a path of 2,000": (
            "a.tar.gz", gz(pax(b"path=" + b"/".join([b"n" * 60] * 33)), ONE), "more than 1024"),
        "tar, an empty name": ("a.tar.gz", gz(member(b"1", name=b"")), "no path"),
        "tar, a name of dots": ("a.tar.gz", gz(member(b"1", name=b"./.")), "no path"),
        "tar, a long target": (
            "a.tar.gz", gz(pax(b"linkpath=" + b"t" * 4096), member(kind=b"2")), "more than 1023"),
        "tar, no target": ("a.tar.gz", gz(member(kind=b"2")), "points out"),
        "tar, a fifo": ("a.tar.gz", gz(member(kind=b"6")), "neither file"),
        "tar, a device": ("a.tar.gz", gz(member(kind=b"3")), "neither file"),
        "tar, an unknown kind": ("a.tar.gz", gz(member(kind=b"Z")), "neither file"),
        "tar, a wrong sum": (
            "a.tar.gz", PACK["gz"](tar(ONE, wrong_sum(member(b"2"), 0))), "sum of a header"),
        "tar, cut": ("a.tar.gz", PACK["gz"](tar(member(b"1" * 2000))[:1000]), "ends in the middle"),
        "tar, headers without end": ("a.tar.gz", gz(*[pax(b"a=b")] * 40, ONE), "more than 16"),
        "tar, a name that drives terminals": (
            "a.tar.gz", gz(member(b"1", name=b"../\x1b[2J\nmuslfall: error")), r"\\x1b\[2J\\n"),
        "gz, a wrong sum": ("a.tar.gz", wrong_sum(good, -5), "damaged.*check"),
        "gz, a wrong length": ("a.tar.gz", wrong_sum(good, -1), "damaged.*check"),
        "gz, cut": ("a.tar.gz", good[:-3], "ends early"),
        "gz, rubbish behind": ("a.tar.gz", good + b"rubbish", "damaged"),
        "bz2, damaged": ("a.tar.bz2", wrong_sum(PACK["bz2"](tar(ONE)), 40), "damaged"),
        "bz2, cut": ("a.tar.bz2", PACK["bz2"](tar(ONE))[:-9], "damaged|early"),
        "xz, damaged": ("a.tar.xz", wrong_sum(PACK["xz"](tar(ONE)), 40), "damaged"),
        "xz, much memory": ("a.tar.xz", lzma.compress(
            tar(ONE), filters=[{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 1 << 29}]),
            "[Mm]emory"),
        "nothing": ("a.tar.gz", b"", "empty"),
        "zip, a wrong sum": ("a.whl", changed(zipped(("a", b"text"), method=0), b"text", b"tent"),
                             "damaged.*CRC"),
        "zip, a name of 300": ("a.whl", zipped(("n" * 300, "1")), "more than 255"),
        "zip, 3,000 folders": ("a.whl", zipped((deep.decode(), "1")), "more than 64"),
        "zip, a long target": (
            "a.whl", zipped((zip_info("l", LINK), "t" * 5000)), "more than 1023"),
        "zip, bzip2 in it": ("a.whl", zipped(("a", "1"), method=zipfile.ZIP_BZIP2), "method 12"),
        "zip, lzma in it": ("a.whl", zipped(("a", "1"), method=zipfile.ZIP_LZMA), "method 14"),
        "zip, a device": ("a.whl", zipped((zip_info("d", stat.S_IFCHR | 0o644), "")), "neither"),
        "zip, month 0": ("a.whl", changed(zipped((zip_info("a"), "1")), b"\x21\0", b"\0\0"),
                         "damaged"),
        "zip, cut": ("a.whl", zipped(("a", "1"))[:-5], "damaged"),
    }  # fmt: skip


def usual_tar() -> bytes:
    """A tarball with one of everything, as tarfile writes it."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w", format=tarfile.PAX_FORMAT) as file:
        for name, kind, link, content in (
            ("t", tarfile.DIRTYPE, "", b""),
            ("t/file", tarfile.REGTYPE, "", b"content" * 100),
            ("t/" + "long/" * 30 + "name", tarfile.REGTYPE, "", b"x"),
            ("t/link", tarfile.SYMTYPE, "file", b""),
            ("t/hard", tarfile.LNKTYPE, "t/file", b""),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname, info.size, info.mtime = kind, link, len(content), 1.5e9
            file.addfile(info, io.BytesIO(content))
    return data.getvalue()


def mutants(seed: int, count: int):
    """`count` times a name and the bytes of an archive, damaged inside or outside its stream."""
    source = random.Random(seed)
    plain = usual_tar()
    wheel = zipped(("p/tool", b"#!" * 300), ("p/x.py", b"x = 1"), (zip_info("p/l", LINK), b"tool"))
    for _ in range(count):
        kind = source.choice(["gz", "bz2", "xz", "deb", "whl"])
        inside = source.random() < 0.6
        data = mutate(plain, source) if inside else plain
        if inside and source.random() < 0.7:
            data = summed(data)
        if kind == "whl":
            yield "a.whl", mutate(wheel, source)
        elif kind == "deb":
            packed = deb(
                (b"control.tar.gz", b"none", None), (b"data.tar.gz", PACK["gz"](data), None)
            )
            yield "a.deb", packed if inside else mutate(packed, source)
        else:
            yield f"a.tar.{kind}", PACK[kind](data) if inside else mutate(PACK[kind](data), source)


def summed(data: bytes) -> bytes:
    """The tarball with right sums in whatever now stands where headers were."""
    content = bytearray(data)
    for start in range(0, len(content) - BLOCK + 1, BLOCK):
        block = content[start : start + BLOCK]
        if block[257:262] == b"ustar":
            block[148:156] = b" " * 8
            content[start + 148 : start + 156] = b"%06o\0 " % sum(block)
    return bytes(content)
