"""Stage run: programs on their hosts, compared with what they should print; and the report."""

import stage


def generate(env):
    stage.add(env, "Trial", "$PYTHON_STEP muslfall.trial $TRIAL_FLAGS $SOURCES $TARGET")
    stage.add(env, "Report", "$PYTHON_STEP muslfall.report $REPORT_FLAGS $TARGET")


def exists(env):
    return True
