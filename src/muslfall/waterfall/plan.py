"""The waterfall: which builds there should be, which of them are missing, and which is the LKGR.

Pure: series, records and the LKGR go in, decisions come out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from muslfall.base.errors import UsageError
from muslfall.pins.variant import parse_assignments
from muslfall.waterfall.record import FORCED, SELF, HostResult, Record, Repository

Versions = Mapping[str, str]


@dataclass(frozen=True)
class Wanted:
    """A build that there should be: whose series asks for it, and a version per component."""

    scheduler: str
    versions: Versions

    def words(self, lkgr: Versions) -> str:
        """It as the command line of muslfall build has it: what differs from the LKGR."""
        swapped = [f"{name}={v}" for name, v in self.versions.items() if v != lkgr[name]]
        return " ".join(swapped) or "LKGR"


def of_series(series: Mapping[str, Sequence[str]], lkgr: Versions) -> list[Wanted]:
    """The LKGR, then each other release of each series, the rest left at the LKGR.

    series: component to its versions, oldest first; the order of components is kept.
    """
    first, *_ = [*series, FORCED]
    found = [Wanted(first, dict(lkgr))]
    for component, versions in series.items():
        others = (version for version in versions if version != lkgr[component])
        found += [Wanted(component, {**lkgr, component: version}) for version in others]
    return found


def missing(wanted: Iterable[Wanted], records: Iterable[Record], platform: str) -> list[Wanted]:
    """Those of which the platform has no record, in their order, each set of releases once."""
    done = {key(one.versions()) for one in records if one.platform == platform}
    found = []
    for one in wanted:
        if key(one.versions) not in done:
            done.add(key(one.versions))
            found.append(one)
    return found


def key(versions: Versions) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(versions.items()))


def number(one: Wanted, records: Sequence[Record], lkgr: Versions, lkgr_number: int) -> int:
    """The number of the next build, when it is `one`.

    Numbers are given in the order in which builds are made and never again; only the LKGR has
    its number from toolchain/lkgr.toml, and that is kept for it until it is recorded.
    """
    taken = {record.build for record in records}
    if key(one.versions) == key(lkgr) and lkgr_number not in taken:
        return lkgr_number
    return max([*taken, lkgr_number]) + 1


def asked_for(words: Sequence[str], records: Iterable[Record], lkgr: Versions) -> list[Wanted]:
    """The builds that a person asks for: again the releases of build N, for each number; and one
    build of all COMPONENT=VERSION words. Raises UsageError: no such build, or component."""
    numbers = [word for word in words if word.isdecimal()]
    found = [Wanted(FORCED, by_number(records, int(word)).versions()) for word in numbers]
    swaps = parse_assignments(word for word in words if word not in numbers)
    unknown = sorted(set(swaps) - set(lkgr))
    if unknown:
        raise UsageError("is no component", unknown[0], f"one of: {', '.join(lkgr)}")
    return found + ([Wanted(FORCED, {**lkgr, **swaps})] if swaps else [])


def by_number(records: Iterable[Record], number: int) -> Record:
    """The record of a build. Raises UsageError: there is none."""
    known = {record.build: record for record in records}
    if number in known:
        return known[number]
    there = f"there are 1 to {max(known)}" if known else "there are none yet"
    raise UsageError(f"no such build; {there}", number, "./muslfall waterfall list")


def known_result(
    name: str,
    host: str,
    engine: tuple[str, str],
    head: Repository,
    artifacts: Mapping[str, object],
    records: Iterable[Record],
) -> HostResult | None:
    """The result of a step on a host, when a build has it that could not differ.

    engine: the component that the host is, and the sha256 of its release. head: this muslfall.
    artifacts: those of the build that wants it. None: it has to be run.
    """
    if head.hash is None or head.hash.endswith("-dirty"):
        return None
    component, sha256 = engine
    for one in records:
        step = one.step(name)
        result = step.hosts.get(host) if step else None
        if (
            result is not None
            and result.status != "skipped"
            and one.components[component].sha256 == sha256
            and one.repositories[SELF].hash == head.hash
            and dict(one.artifacts) == dict(artifacts)
        ):
            return replace(result, of=result.of or one.build)
    return None


def newest_good(
    records: Iterable[Record], lkgr: Versions, series: Mapping[str, Sequence[str]]
) -> Record | None:
    """The build that the LKGR should be: the newest of which no step failed, or None.

    Series are run when they are pinned, so that a build with an old release may have a high number;
    the LKGR never goes back to an older release of any component, nor to one that is no longer
    pinned. The newest of the remaining builds is the one with the highest number.
    """
    good = [record for record in records if record.status == "pass"]
    ahead = [one for one in good if not_older(one.versions(), lkgr, series)]
    return max(ahead, key=lambda one: (place(one.versions(), series), one.build), default=None)


def place(versions: Versions, series: Mapping[str, Sequence[str]]) -> int:
    """How far ahead releases are in their series, all together."""
    return sum(series[name].index(version) for name, version in versions.items())


def not_older(versions: Versions, lkgr: Versions, series: Mapping[str, Sequence[str]]) -> bool:
    """Whether every release is pinned, and none is older than the LKGR's."""
    return all(
        version in series[name] and series[name].index(version) >= series[name].index(lkgr[name])
        for name, version in versions.items()
    )


def same_releases(record: Record, records: Iterable[Record]) -> Record | None:
    """The last build before `record` with the same releases on the same platform."""
    before = [
        one
        for one in records
        if one.build < record.build
        and one.platform == record.platform
        and key(one.versions()) == key(record.versions())
    ]
    return max(before, key=lambda one: one.build, default=None)
