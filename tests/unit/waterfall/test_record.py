"""Records of builds: written sorted, read back the same, and refused by file and key."""

import json

import pytest
from kit.records import GREEN, HEX, RED, made

from muslfall.base.errors import MuslfallError
from muslfall.waterfall import record
from muslfall.waterfall.record import HostResult, Step


@pytest.mark.parametrize("steps", [GREEN, RED])
def test_what_is_written_is_read_back(steps):
    one = made(steps=steps)
    text = record.dump(one)
    assert record.parse(text) == one
    assert text == json.dumps(json.loads(text), indent=2, sort_keys=True) + "\n"


def test_it_has_the_keys_of_the_historical_waterfall():
    table = json.loads(record.dump(made()))
    assert {"build", "scheduler", "repositories"} <= table.keys()
    assert table["repositories"]["llvm"].keys() == {"hash", "name", "subject", "remote"}
    assert table["repositories"]["llvm"]["hash"] is None


def test_a_red_one_names_its_first_failing_step_and_host():
    table = json.loads(record.dump(made(steps=RED)))
    assert table["status"] == "fail"
    assert table["failed"] == {
        "step": "hello",
        "host": "d8",
        "said": "text: exit status 1",
        "log": "hello.log",
    }


def test_what_fails_on_every_host_fails_on_none_in_particular():
    hosts = {name: HostResult("fail", f"{name} said it") for name in ("wasmtime", "d8")}
    failed = made(steps=(Step("hello", "fail", "both", hosts),)).failed
    assert (failed.host, failed.said) == (None, "d8 said it")


def test_a_step_that_was_skipped_is_no_pass():
    one = made(steps=(Step("fetch", "pass"), Step("tcc", "skipped", "why")))
    assert one.status == "fail" and one.failed is None


BAD = [
    (lambda t: t.update(schema=2), ["schema", "2", "schema 1"]),
    (lambda t: t.pop("schema"), ["schema", "None"]),
    (lambda t: t.pop("steps"), ["steps", "is missing"]),
    (lambda t: t.update(build=0), ["build", "at least 1"]),
    (lambda t: t.update(build=True), ["build", "an integer"]),
    (lambda t: t.update(extra=1), ["extra", "unknown key"]),
    (lambda t: t.update(scheduler="cron"), ["scheduler", "cron"]),
    (lambda t: t.update(platform="any"), ["platform", "any"]),
    (lambda t: t.update(variant="../up"), ["variant"]),
    (lambda t: t["components"].pop("musl"), ["components.musl", "is missing"]),
    (lambda t: t["components"].update(gcc=t["components"]["musl"]), ["components.gcc", "no such"]),
    (lambda t: t["components"]["v8"].update(sha256="A" * 64), ["components.v8.sha256"]),
    (lambda t: t["components"].update(v8=[]), ["components.v8", "an object"]),
    (lambda t: t["repositories"].pop("muslfall"), ["repositories.muslfall", "is missing"]),
    (lambda t: t["repositories"]["v8"].update(hash=3), ["repositories.v8.hash", "a string"]),
    (lambda t: t["repositories"]["v8"].pop("hash"), ["repositories.v8.hash", "is missing"]),
    (lambda t: t["artifacts"].update({"/etc/x": {"sha256": HEX, "size": 1}}), ["/etc/x"]),
    (lambda t: t["artifacts"]["musl.wasm"].update(size="5"), ["artifacts.musl.wasm.size"]),
    (lambda t: t["steps"][0].update(status="green"), ["steps[0].status", "green"]),
    (lambda t: t["steps"][0].update(name="../x"), ["steps[0].name", "plain name"]),
    (lambda t: t["steps"][1]["hosts"].update(d8=1), ["steps[1].hosts.d8", "an object"]),
    (lambda t: t["steps"][1]["hosts"]["d8"].update(counts={"pass": -1}), ["counts.pass"]),
    (lambda t: t.update(status="fail"), ["status", "'pass'"]),
    (lambda t: t.update(failed={"step": "x"}), ["failed"]),
]  # fmt: skip


@pytest.mark.parametrize(("spoil", "said"), BAD)
def test_a_wrong_one_is_refused_by_file_and_key(spoil, said):
    table = json.loads(record.dump(made()))
    spoil(table)
    with pytest.raises(MuslfallError) as caught:
        record.parse(json.dumps(table), "7/build.json")
    assert [word for word in ["7/build.json", *said] if word not in str(caught.value)] == []


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '"x"', "null"])
def test_what_is_no_record_is_refused(text):
    with pytest.raises(MuslfallError, match="build.json"):
        record.parse(text)


def test_all_that_is_wrong_is_said_at_once():
    table = json.loads(record.dump(made()))
    table.update(build=0, scheduler="cron")
    with pytest.raises(MuslfallError) as caught:
        record.parse(json.dumps(table))
    assert "cron" in str(caught.value) and "at least 1" in str(caught.value)


def write(root, one, folder=None):
    file = record.path(root, folder or one.build)
    file.parent.mkdir(parents=True)
    file.write_text(record.dump(one), encoding="utf-8")


def test_records_are_read_in_the_order_of_their_numbers(tmp_path):
    for number in (10, 9, 1):
        write(tmp_path, made(number))
    (tmp_path / "waterfall/notes").mkdir()
    assert record.numbers(tmp_path) == [1, 9, 10]
    assert [one.build for one in record.load_all(tmp_path)] == [1, 9, 10]


def test_a_record_stands_in_the_folder_of_its_number(tmp_path):
    write(tmp_path, made(3), folder=4)
    with pytest.raises(MuslfallError, match="is of build 3"):
        record.load_all(tmp_path)


def test_there_is_no_such_record(tmp_path):
    with pytest.raises(MuslfallError, match="no such record"):
        record.load(record.path(tmp_path, 1))
