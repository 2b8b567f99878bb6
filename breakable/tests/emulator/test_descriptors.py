import resource

import pytest

from breakable_aws.emulator import descriptors


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ((1024, 1_000_000), (8192, 1_000_000)),
        ((1024, 4096), (4096, 4096)),
        ((256, resource.RLIM_INFINITY), (8192, resource.RLIM_INFINITY)),
        ((100_000, 1_000_000), None),
        ((resource.RLIM_INFINITY, resource.RLIM_INFINITY), None),
    ],
)
def test_the_limit_is_raised_as_far_as_wanted_and_never_lowered(monkeypatch, limits, expected):
    asked = []
    monkeypatch.setattr(resource, "getrlimit", lambda _kind: limits)
    monkeypatch.setattr(resource, "setrlimit", lambda _kind, wanted: asked.append(wanted))
    descriptors.allow_many()
    assert asked == ([expected] if expected else [])
