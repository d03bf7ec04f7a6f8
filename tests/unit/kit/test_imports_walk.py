"""No function of the host between modules: every import of the fixtures' programs is walked."""

import pytest
from kit.imports_walk import functions, host_functions, passed, walk
from kit.loader_cases import assemble_all

from muslfall.hosts import engines

PROGRAMS = {
    "order": ["--kernel=kernel.wasm", "who-main.wasm", "who-a.wasm", "who-b.wasm"],
    "trampolines": ["--kernel=kernel.wasm", "interpose.wasm", "interposed.wasm"],
    "self": ["--kernel=kernel.wasm", "interposed-main.wasm", "interposed.wasm"],
    "circle of needs": ["--kernel=kernel.wasm", "needs-even.wasm"],
    "passed on": ["--kernel=kernel.wasm", "reexport-main.wasm"],
    "pointers": ["--kernel=kernel.wasm", "pointer-main.wasm", "pointer.wasm"],
    "libc": ["--env=Z=1", "who-main.wasm", "who-a.wasm", "who-b.wasm", "libc.wasm"],
}


@pytest.fixture(scope="module")
def fixtures(tmp_path_factory):
    return assemble_all(tmp_path_factory.mktemp("walk"))


@pytest.mark.parametrize("name", engines.HOSTS)
@pytest.mark.parametrize("words", PROGRAMS.values(), ids=PROGRAMS)
def test_no_function_of_the_host_between_modules(name, words, fixtures):
    _, instances = walk(name, fixtures, *words)
    assert host_functions(instances) == []
    owners = [item["from"] for instance in instances for item in functions(instance)]
    assert -1 not in owners
    assert any(isinstance(owner, int) for owner in owners)


@pytest.mark.parametrize("name", engines.HOSTS)
def test_the_walk_sees_a_function_of_the_host(name, fixtures):
    _, instances = walk(name, fixtures, "--kernel=kernel.wasm", "missing.wasm")
    (reporter,) = host_functions(instances)  # by which a stub says its name
    assert reporter in ("h.0", "env.report")


@pytest.mark.parametrize("name", engines.HOSTS)
def test_what_is_counted_does_not_go_through_the_host(name, fixtures):
    _, instances = walk(name, fixtures, "--stats", "hello.wasm")
    assert host_functions(instances) == []
    assert passed(instances, "main", "counts") == {"__syscall3"}
    assert passed(instances, "counts", "__kernel_start") == set("0123456")


@pytest.mark.parametrize("name", engines.HOSTS)
def test_what_is_traced_goes_by_the_host_but_not_through_it(name, fixtures):
    _, instances = walk(name, fixtures, "--trace", "hello.wasm")
    assert host_functions(instances) == ["h.enter", "h.leave"]
    assert passed(instances, "main", "counts") == {"__syscall3"}
    assert passed(instances, "counts", "__kernel_start") == set("0123456")


@pytest.mark.parametrize("name", engines.HOSTS)
def test_system_calls_go_to_the_kernel_itself(name, fixtures):
    status, instances = walk(name, fixtures, "hello.wasm")
    assert status == 3
    assert passed(instances, "main", "__kernel_start") == {"__syscall3"}
