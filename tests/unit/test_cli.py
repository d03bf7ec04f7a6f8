"""The command line: commands, exit codes, and errors as text."""

import errno
import subprocess
import sys

import pytest

from muslfall import ROOT, __version__, cli
from muslfall.base.errors import MuslfallError, UsageError


@pytest.fixture
def raising(monkeypatch):
    """Makes the command line raise the given error."""

    def install(error):
        def dispatch(argv):
            raise error

        monkeypatch.setattr(cli, "dispatch", dispatch)

    return install


def test_version(capsys):
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"muslfall {__version__}\n"


def test_nothing_asked_is_wrong_usage_and_shows_the_overview(capsys):
    assert cli.main([]) == 2
    assert "fetch" in capsys.readouterr().err


def test_help_lists_every_command_with_its_first_line(capsys):
    assert cli.main(["--help"]) == 0
    out = capsys.readouterr().out
    for name in cli.command_names():
        line = cli.summary(cli.load_command(name))
        assert line and f"{name} " in out and line in out


@pytest.mark.parametrize("name", cli.command_names())
def test_help_of_every_command_ends_with_an_example(name, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main([name, "--help"])
    assert ended.value.code == 0
    assert f"example:\n  ./muslfall {name}" in capsys.readouterr().out


def test_an_unknown_command_names_the_choices(capsys):
    assert cli.main(["fetsch"]) == 2
    err = capsys.readouterr().err
    assert err.startswith("muslfall: error: fetsch: no such command") and "fetch" in err


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (MuslfallError("broke"), 1, "muslfall: error: broke\n"),
        (UsageError("wrong"), 2, "muslfall: error: wrong\n"),
        (KeyboardInterrupt(), 130, "muslfall: error: interrupted\n"),
        (PermissionError(errno.EACCES, "Permission denied", "/f"), 1, "/f: Permission denied"),
        (OSError(errno.ENOSPC, "No space left on device", "/f"), 1, "make room on that disk"),
    ],
)
def test_errors_become_text_and_an_exit_code(raising, capsys, error, code, text):
    raising(error)
    assert cli.main(["x"]) == code
    assert text in capsys.readouterr().err


def test_a_defect_of_ours_stays_a_traceback(raising):
    raising(ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        cli.main(["x"])


def test_a_reader_that_goes_away_is_no_traceback():
    command = f"{sys.executable} -m muslfall --help | true"
    done = subprocess.run(command, shell=True, capture_output=True, cwd=ROOT / "src", text=True)
    assert done.stderr == ""


def test_starting_imports_nothing_heavy():
    code = (
        "import sys; from muslfall.cli import main; main(['--version']);"
        "print(sorted({'requests', 'rich', 'urllib3', 'jinja2', 'SCons'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT / "src", check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
