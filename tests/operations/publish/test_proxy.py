"""Publishing through proxies."""

import pytest

from s3_failover.errors import UserError


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "HTTPS_PROXY"])
@pytest.mark.parametrize("proxy", ["http://proxy:abc", "http://[::1", "proxy:99999", "http://"])
def test_a_proxy_that_is_no_url_is_found_before_anything_is_uploaded(
    bucket, run, tmp_path, monkeypatch, variable, proxy
):
    (tmp_path / "a.txt").write_text("x")
    monkeypatch.setenv(variable, proxy)
    with pytest.raises(UserError, match=f"cannot be used here, .*: correct {variable} in the environment"):
        run()
    assert bucket.held == {}
    run(compare=False, replica_seconds=0, invalidation_seconds=0)
    assert "a.txt" in bucket.held


@pytest.mark.parametrize(
    ("proxy", "exempt"), [("socks5://proxy:1080", ""), ("https://proxy:8443", ""), ("http://proxy:abc", "*")]
)
def test_a_proxy_that_only_boto3_can_use_keeps_nothing_from_being_uploaded(
    bucket, run, tmp_path, monkeypatch, proxy, exempt
):
    (tmp_path / "a.txt").write_text("x")
    monkeypatch.setenv("HTTP_PROXY", proxy)
    monkeypatch.setenv("NO_PROXY", exempt)
    assert run().proof == {"secondary": ""}
