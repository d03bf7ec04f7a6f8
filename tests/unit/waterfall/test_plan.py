"""The waterfall's decisions: what to build, by which number, and what the LKGR should be."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.records import GREEN, HEX, LKGR, RED, made

from muslfall.base.errors import UsageError
from muslfall.waterfall import plan as waterfall
from muslfall.waterfall.plan import Wanted
from muslfall.waterfall.record import Artifact, HostResult, Repository, Step

HERE = "linux-x86_64"
SERIES = {"llvm": ["1", "2", "3"], "v8": ["1", "2"], "wasmtime": ["1", "2"],
          "wasm-tools": ["1"], "wabt": ["1"], "musl": ["1", "2"]}  # fmt: skip


def swapped(wanted):
    return [{k: v for k, v in one.versions.items() if v != LKGR[k]} for one in wanted]


def test_a_series_is_the_lkgr_and_then_the_others_oldest_first():
    found = waterfall.of_series({"llvm": SERIES["llvm"], "musl": SERIES["musl"]}, LKGR)
    assert swapped(found) == [{}, {"llvm": "1"}, {"llvm": "3"}, {"musl": "2"}]
    assert [one.scheduler for one in found] == ["llvm", "llvm", "llvm", "musl"]


def test_what_is_recorded_on_this_platform_is_not_missing():
    wanted = waterfall.of_series({"llvm": SERIES["llvm"]}, LKGR)
    records = [
        made(1),
        made(2, RED, {"llvm": "1"}),
        made(3, swaps={"llvm": "3"}, platform="macos-arm64"),
    ]
    assert swapped(waterfall.missing(wanted, records, HERE)) == [{"llvm": "3"}]
    assert waterfall.missing(wanted, [], HERE) == wanted


def test_the_same_releases_are_wanted_once():
    twice = [Wanted("llvm", LKGR), Wanted("forced", dict(reversed(LKGR.items())))]
    assert waterfall.missing(twice, [], HERE) == twice[:1]


@pytest.mark.parametrize(
    ("swaps", "taken", "number"),
    [
        ({}, [], 4),  # the LKGR has the number that lkgr.toml says,
        ({}, [2, 9], 4),
        ({}, [4], 5),  # but only once
        ({"llvm": "1"}, [], 5),  # and nothing else has it
        ({"llvm": "1"}, [1, 2], 5),
        ({"llvm": "1"}, [4, 5, 9], 10),  # a gap is never filled
    ],
)
def test_numbers(swaps, taken, number):
    one = Wanted("llvm", {**LKGR, **swaps})
    assert waterfall.number(one, [made(n) for n in taken], LKGR, 4) == number


@given(st.lists(st.sampled_from([{}, {"llvm": "1"}, {"llvm": "3"}, {"v8": "1"}]), max_size=12))
def test_a_number_is_never_given_twice(builds):
    records = []
    for swaps in builds:
        one = Wanted("forced", {**LKGR, **swaps})
        records.append(made(waterfall.number(one, records, LKGR, 1), swaps=swaps))
    numbers = [record.build for record in records]
    assert len(set(numbers)) == len(numbers)
    assert [n for n in numbers if n != 1] == sorted(n for n in numbers if n != 1)


def test_what_a_person_asks_for():
    records = [made(1), made(2, swaps={"llvm": "1"})]
    asked = waterfall.asked_for(["2", "v8=1", "musl=2"], records, LKGR)
    assert swapped(asked) == [{"llvm": "1"}, {"v8": "1", "musl": "2"}]
    assert {one.scheduler for one in asked} == {"forced"}
    assert asked[1].words(LKGR) == "v8=1 musl=2"


@pytest.mark.parametrize(
    ("word", "said"),
    [("3", "1 to 1"), ("opt=O0", "no component"), ("gcc=1", "no such"), ("llvm", "NAME=VALUE")],
)
def test_what_cannot_be_asked_for(word, said):
    with pytest.raises(UsageError, match=said):
        waterfall.asked_for([word], [made(1)], LKGR)


def test_the_lkgr_moves_to_the_newest_green_build():
    records = [made(1), made(2, GREEN, {"llvm": "3"}), made(3, RED, {"musl": "2"})]
    assert waterfall.newest_good(records, LKGR, SERIES).build == 2


def test_newer_releases_are_newer_than_the_lkgrs_made_again():
    records = [made(1), made(2, GREEN, {"llvm": "3"}), made(3)]
    assert waterfall.newest_good(records, LKGR, SERIES).build == 2
    assert waterfall.newest_good([*records, made(4, GREEN, {"llvm": "3"})], LKGR, SERIES).build == 4
    assert waterfall.newest_good([made(1), made(3)], LKGR, SERIES).build == 3


def test_the_lkgr_does_not_move_to_a_build_of_which_a_step_was_skipped():
    records = [made(1), made(2, (*GREEN, RED[-1]), {"llvm": "3"})]
    assert waterfall.newest_good(records, LKGR, SERIES).build == 1


def test_the_lkgr_does_not_go_back():
    records = [made(1), made(2, GREEN, {"llvm": "3", "v8": "1"}), made(3, GREEN, {"wasmtime": "1"})]
    assert waterfall.newest_good(records, LKGR, SERIES).build == 1


def test_the_lkgr_does_not_move_to_what_is_no_longer_pinned():
    records = [made(1), made(2, GREEN, {"llvm": "4"})]
    assert waterfall.newest_good(records, LKGR, SERIES).build == 1


def test_there_may_be_no_good_build():
    assert waterfall.newest_good([made(1, RED)], LKGR, SERIES) is None


@given(st.permutations(range(1, 6)))
def test_the_order_of_the_records_does_not_matter(order):
    swaps = [{}, {"llvm": "3"}, {"llvm": "1"}, {"musl": "2"}, {"v8": "1"}]
    records = [made(n, GREEN if n != 4 else RED, swaps[n - 1]) for n in order]
    assert waterfall.newest_good(records, LKGR, SERIES).build == 2


# --- results that need not be had again ---------------------------------------------------------


HEAD = Repository("c" * 40)
HOSTS = {"d8": HostResult("pass", None, {"pass": 3}), "wasmtime": HostResult("skipped", "hello")}
TCC = (Step("tcc", "pass", None, HOSTS),)


def recorded(number=1, head=HEAD, **changes):
    one = made(number, TCC, **changes)
    return replace(one, repositories={**one.repositories, "muslfall": head})


def known(records, host="d8", engine=("v8", HEX), head=HEAD, artifacts=None):
    artifacts = {"musl.wasm": Artifact(HEX, 5)} if artifacts is None else artifacts
    return waterfall.known_result("tcc", host, engine, head, artifacts, records)


def test_a_result_that_could_not_differ_is_taken_over_and_says_so():
    assert known([recorded(4)]) == HostResult("pass", None, {"pass": 3}, (), 4)


def test_the_build_that_ran_it_is_named():
    again = replace(TCC[0].hosts["d8"], of=2)
    one = replace(recorded(4), steps=(replace(TCC[0], hosts={"d8": again}),))
    assert known([one]).of == 2


@pytest.mark.parametrize(
    "changed",
    [
        {"host": "wasmtime"},  # was skipped there
        {"engine": ("v8", "b" * 64)},
        {"head": Repository("d" * 40)},
        {"head": Repository(None)},
        {"artifacts": {"musl.wasm": Artifact("b" * 64, 5)}},
        {"artifacts": {}},
    ],
)
def test_what_could_differ_is_run(changed):
    assert known([recorded()], **changed) is None


@pytest.mark.parametrize("head", [Repository(None), Repository("c" * 40 + "-dirty")])
def test_a_muslfall_that_has_no_name_is_run(head):
    assert known([recorded(head=head)], head=head) is None


def test_the_build_before_of_the_same_releases():
    records = [made(1), made(2, swaps={"llvm": "1"}), made(3), made(4, platform="macos-arm64")]
    last = made(5)
    assert waterfall.same_releases(last, [*records, last]).build == 3
    assert waterfall.same_releases(records[0], records) is None
