"""Stage run: programs on their hosts, compared with what they should print; and the report."""

import stage


def generate(env):
    trial = "$PYTHON_STEP muslfall.hosts.trial $TRIAL_FLAGS $SOURCES $TARGET"
    report = "$PYTHON_STEP muslfall.build.report $REPORT_FLAGS --report $TARGET --results $SOURCES"
    # Both leave a result that says nothing new as it is.
    stage.add(env, "Trial", trial, ninja={"restat": True})
    stage.add(env, "Report", report, ninja={"restat": True})


def exists(env):
    return True
