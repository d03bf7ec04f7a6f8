"""The work of every stage's tool: add a Builder of one command, and tell the Ninja writer of it.

A stage's command is one shell line that names no absolute path and sees nothing of the caller's
environment: it starts with $CLEAN, or with $PYTHON_STEP for a step of ours. The command names our
script and modules that it runs; with all that they import, they are read from it: every target of
the Builder depends on it.
"""

import re
from pathlib import Path

from SCons.Builder import Builder

from muslfall.build.imports import module_files

SCRIPTS = "src/muslfall/build/stages"
MODULE = re.compile(r"(?:\$PYTHON_STEP|\"\$PYTHON\" -m) (muslfall[\w.]*)")
SCRIPT = re.compile(r"\$SCRIPT/(\w+\.sh)")
DATA = re.compile(r"src/muslfall/[\w./]+\.awk")


def add(env, name, command, ninja=None, **options):
    """Add the Builder `name` to `env`.

    command: the shell line, with SCons' variables.
    ninja: bindings of the Ninja rule beside the command: description, depfile, deps, restat.
    options: suffix, src_suffix and kin, for the Builder.
    """
    depfile = "depfile" in (ninja or {}) and env["BACKEND"] == "ninja"
    needs = sorted(step_files(command, depfile))

    def depends(target, source, env):
        env.Depends(target, needs)
        return target, source

    env["BUILDERS"][name] = Builder(action=command, emitter=depends, **options)
    description = f"{name.lower()} $out"
    env.SetDefault(NINJA_RULES={})
    env["NINJA_RULES"][name] = {"description": description, **(ninja or {})}


def step_files(command, depfile=False):
    """The files of ours that `command` runs.

    depfile: what its script starts only now and then says so itself, in the list of what the
    output was made from (muslfall.libc.rejection).
    """
    found = set()
    for module in MODULE.findall(command):
        found |= module_files(module)
    for name in SCRIPT.findall(command):
        path = f"{SCRIPTS}/{name}"
        text = Path(path).read_text(encoding="utf-8")
        found |= {path, *DATA.findall(text)}
        if not depfile:
            found |= step_files(text)
    return found
