"""What every stage's tool does: add a Builder of one command, and tell the Ninja writer of it.

A stage's command is one shell line that names no absolute path and sees nothing of the caller's
environment: it starts with $CLEAN, or with $PYTHON_STEP for a step of ours.
"""

from SCons.Builder import Builder


def add(env, name, command, ninja=None, **options):
    """Add the Builder `name` to `env`.

    command: the shell line, with SCons' variables.
    ninja: bindings of the Ninja rule beside the command: description, depfile, deps, restat.
    options: suffix, src_suffix and kin, for the Builder.
    """
    env["BUILDERS"][name] = Builder(action=command, **options)
    description = f"{name.lower()} $out"
    env.SetDefault(NINJA_RULES={})
    env["NINJA_RULES"][name] = {"description": description, **(ninja or {})}
