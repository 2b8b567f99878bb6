import pytest

from breakable_aws.emulator.cloudfront.origin_groups import Trouble, fails_over


@pytest.mark.parametrize(
    ("method", "outcome", "codes", "expected"),
    [
        ("GET", 500, {500, 503}, True),
        ("HEAD", 403, {403}, True),
        ("OPTIONS", 503, {503}, True),
        ("GET", 404, {500, 503}, False),
        ("GET", 200, {500}, False),
        ("POST", 503, {503}, False),
        ("PUT", Trouble.UNREACHABLE, {503}, False),
        ("GET", Trouble.UNREACHABLE, {503}, True),
        ("GET", Trouble.UNREACHABLE, {502, 504}, False),
        ("GET", Trouble.TIMEOUT, {504}, True),
        ("GET", Trouble.TIMEOUT, {503}, False),
    ],
)
def test_a_request_fails_over_on_listed_codes_of_retryable_methods(method, outcome, codes, expected):
    assert fails_over(method, outcome, codes) is expected
