"""JUnit's XML of a suite's results, as build services read it."""

from __future__ import annotations

import re
import xml.etree.ElementTree as xml
from collections.abc import Iterable
from pathlib import Path

from muslfall.base.files import write_if_changed
from muslfall.suites import report
from muslfall.suites.verdict import UNEXPECTED, Result

#: What XML 1.0 cannot hold (its production Char), escaped or not.
NO_CHARACTER = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def clean(text: str) -> str:
    """A text as XML can hold it."""
    return NO_CHARACTER.sub("\N{REPLACEMENT CHARACTER}", text)


def document(name: str, results: Iterable[Result]) -> xml.Element:
    """A `testsuite` per -O level and host: what nobody expected is a failure, and what is known to
    fail, or does not apply, is skipped."""
    root = xml.Element("testsuites", name=clean(name))
    parts: dict[tuple[str, str], list[Result]] = {}
    for result in results:
        parts.setdefault((result.opt, result.host), []).append(result)
    for (opt, host), some in sorted(parts.items()):
        counts = {
            "tests": len(some),
            "failures": sum(item.verdict in UNEXPECTED for item in some),
            "errors": 0,
            "skipped": sum(item.verdict not in ("pass", *UNEXPECTED) for item in some),
        }
        numbers = {key: str(value) for key, value in counts.items()}
        seconds = f"{sum(item.seconds for item in some):.3f}"
        title = f"{clean(name)} -{opt} {host}"
        part = xml.SubElement(root, "testsuite", name=title, time=seconds, **numbers)
        for item in sorted(some, key=lambda item: item.test):
            add(part, title, item)
    return root


def add(part: xml.Element, title: str, result: Result) -> None:
    """Add a test's element."""
    attributes = {"name": clean(result.test), "classname": title, "time": f"{result.seconds:.3f}"}
    case = xml.SubElement(part, "testcase", attributes)
    if result.verdict in UNEXPECTED:
        kind = result.stage or result.verdict
        failure = xml.SubElement(case, "failure", type=kind, message=clean(report.describe(result)))
        failure.text = clean("\n".join(result.output))
    elif result.verdict != "pass":
        xml.SubElement(case, "skipped", message=clean(f"{result.verdict}: {result.reason}"))


def write(file: Path, name: str, results: Iterable[Result]) -> None:
    """Write the results to a file."""
    root = document(name, results)
    xml.indent(root)
    file.parent.mkdir(parents=True, exist_ok=True)
    text = xml.tostring(root, encoding="unicode")
    write_if_changed(file, f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n')
