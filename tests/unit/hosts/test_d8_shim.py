"""d8.js: the dialect of the d8 shell on node."""

import pytest
from kit.engine_v8 import d8, run


@pytest.fixture
def script(tmp_path):
    """Write a script into the folder in which the shim then runs; gives a function for both."""

    def start(text, *words, name="script.js", flags=(), **options):
        (tmp_path / name).write_text(text, encoding="utf-8")
        done = d8(*flags, name, *words, cwd=tmp_path, **options)
        return done.returncode, done.stdout, done.stderr

    return start


def test_print_write_and_print_err(script):
    text = 'print("a", 1, "é"); write("b", 2); write("c\\n"); printErr("d", null);'
    assert script(text) == (0, "a 1 é\nb 2c\n".encode(), b"d null\n")


def test_arguments_follow_the_two_dashes(script):
    text = "print(arguments.length, arguments.join('|'))"
    assert script(text, "--", "x", "--", "-e", "") == (0, b"4 x|--|-e|\n", b"")
    assert script(text) == (0, b"0 \n", b"")


def test_quit_gives_the_status_and_stops(script):
    assert script("quit(7); print('not here')") == (7, b"", b"")
    assert script("quit()") == (0, b"", b"")
    assert script("try { quit(3) } finally { print('no') }") == (3, b"", b"")


def test_several_scripts_share_one_global_scope(script, tmp_path):
    (tmp_path / "first.js").write_text("const one = 1; var two = 2; function f() { return 3; }")
    assert script("print(one, two, f())", flags=["first.js"]) == (0, b"1 2 3\n", b"")


def test_code_on_the_command_line_runs_in_its_turn(script):
    assert script("print(2)", "-e", "print(3)", flags=["-e", "print(1)"]) == (0, b"1\n2\n3\n", b"")
    done = d8("-e")
    assert (done.returncode, done.stderr) == (1, b"d8: -e needs code\n")


def test_a_script_is_not_a_node_module(script):
    text = "print(typeof require, typeof module, typeof exports, this === globalThis)"
    assert script(text) == (0, b"undefined undefined undefined true\n", b"")


def test_read_and_readbuffer(script, tmp_path):
    (tmp_path / "data").write_bytes("hé\0".encode())
    text = """print(read("data").length, readbuffer("data") instanceof ArrayBuffer,
      readbuffer("data").byteLength, read("data", "binary").byteLength,
      d8.file.read("data").length)"""
    assert script(text) == (0, b"3 true 4 4 3\n", b"")


def test_a_file_that_is_not_there_can_be_caught(script):
    text = 'try { readbuffer("nothing") } catch (e) { print(e.message) }'
    assert script(text) == (0, b"Error reading file: nothing\n", b"")


def test_load_runs_another_script(script, tmp_path):
    (tmp_path / "other.js").write_text("var loaded = 5;")
    assert script("load('other.js'); print(loaded)") == (0, b"5\n", b"")


def test_readline_takes_lines_until_the_end(script):
    text = "for (let line; (line = readline()) !== undefined; ) print('[' + line + ']')"
    done = script(text, input="one\n\nthré".encode())
    assert done == (0, "[one]\n[]\n[thré]\n".encode(), b"")


def test_write_file(script, tmp_path):
    script("writeFile('out', 'é'); writeFile('raw', new Uint8Array([1, 255]).buffer)")
    assert (tmp_path / "out").read_bytes() == "é".encode()
    assert (tmp_path / "raw").read_bytes() == b"\x01\xff"


def test_what_is_not_caught_is_printed_as_d8_does(script):
    text = "function f() {\n  throw new TypeError('bad');\n}\nprint('before');\nf();\nprint('no');"
    status, stdout, stderr = script(text)
    assert (status, stdout) == (1, b"before\n")
    lines = stderr.decode().splitlines()
    assert lines[0] == "script.js:2: TypeError: bad"
    assert lines[1:] == ["    at f (script.js:2:9)", "    at script.js:5:1"]


def test_a_syntax_error_names_its_line(script):
    status, stdout, stderr = script("print(1);\nlet = = 2;\n")
    assert (status, stdout) == (1, b"")
    assert stderr.startswith(b"script.js:2: SyntaxError: ")


def test_a_value_that_is_thrown(script):
    assert script("throw 42") == (1, b"", b"(d8): 42\n")


def test_what_a_promise_does_not_catch(script):
    status, _, stderr = script("Promise.resolve().then(() => { throw new Error('late') })")
    assert (status, stderr.splitlines()[0]) == (1, b"script.js:1: Error: late")


def test_a_script_that_is_not_there():
    done = d8("nothing.js")
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"Error reading file: nothing.js" in done.stderr.splitlines()[0]


def test_no_script():
    done = d8("--expose-wasm")
    assert (done.returncode, done.stderr.startswith(b"d8: no script; usage: ")) == (1, True)


def test_flags_of_v8_and_of_d8(script):
    flags = ["--expose-wasm", "--allow-natives-syntax", "--no_lazy"]
    assert script("print(%IsSmi(1))", flags=flags[:2]) == (0, b"true\n", b"")
    assert script("print(typeof WebAssembly)", flags=flags[2:3]) == (0, b"object\n", b"")
    assert script("print(%IsSmi(1))")[0] == 1


def test_an_unknown_flag_is_an_error(script):
    assert script("print(1)", flags=["--no-such-flag"]) == (
        1,
        b"",
        b"d8: unknown flag --no-such-flag\n",
    )


def test_an_unsupported_flag_is_an_error(script):
    status, stdout, stderr = script("print(1)", flags=["--module"])
    assert (status, stdout) == (1, b"")
    assert stderr == b"d8: --module is not supported by this d8, which is node\n"


def test_the_hook_to_node(script):
    text = """print(typeof d8.node.fs.writeSync,
      typeof d8.node.WASI({version: "preview1"}).initialize)"""
    assert script(text) == (0, b"function function\n", b"")


def test_output_to_a_pipe_that_is_slow_to_empty_is_whole():
    code = "for (let i = 0; i < 20000; i++) print('0123456789'.repeat(10))"
    done = d8("-e", code)
    assert (done.returncode, len(done.stdout)) == (0, 20000 * 101)


def test_the_version_is_v8s():
    wanted = run("-p", "process.versions.v8").stdout
    assert d8("-e", "print(version())").stdout == wanted
