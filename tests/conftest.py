import os

from hypothesis import settings

# The same examples on every run in CI; elsewhere new ones. No deadline: a busy machine is no fault of the code.
settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("dev", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "dev")
