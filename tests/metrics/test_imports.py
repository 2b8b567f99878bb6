import subprocess
import sys
from pathlib import Path

import pytest

RUNTIME = Path(__file__).parents[2] / "runtime"


def run(code):
    return subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(RUNTIME)}, capture_output=True, text=True, check=True
    ).stdout


def test_sinks_that_need_nothing_more_import_nothing_more():
    code = "import sys, s3_failover.metrics; print([m for m in sys.modules if m.startswith(('prom', 'opentel', 'filelock'))])"
    assert run(code) == "[]\n"


@pytest.mark.parametrize(
    ("module", "package", "extra"),
    [
        ("prometheus", "prometheus_client", "prometheus"),
        ("otel", "opentelemetry", "otel"),
        ("shared_directory", "filelock", "cloudwatch"),
    ],
)
def test_a_missing_package_is_named_with_the_way_to_get_it(module, package, extra):
    code = f"""
import sys
sys.modules[{package!r}] = None
try:
    import s3_failover.metrics.{module}
except ImportError as error:
    print(type(error).__name__, error)
"""
    out = run(code)
    assert out.startswith("MissingExtraError")
    assert f"pip install 's3-failover[{extra}]'" in out
