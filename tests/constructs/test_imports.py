import subprocess
import sys

LOADED = """
import sys
import s3_failover_constructs
print(*sorted({name for name in sys.modules if name.split(".")[0] in ("boto3", "botocore", "pydantic")}))
print(*sorted(name for name in sys.modules if name.startswith(("s3_failover.client", "s3_failover.config"))))
"""


def test_constructs_load_neither_boto3_nor_the_client_nor_the_configuration():
    """A fault in any of them must not break a synth that needs none of them."""
    run = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    assert run.stdout.split() == []
