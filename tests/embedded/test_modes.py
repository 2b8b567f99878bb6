"""What the two modes do when CloudFront cannot read the primary, and with plain HTTP."""

import contextlib

import pytest

pytestmark = pytest.mark.embedded

KEY = "modes.txt"


@contextlib.contextmanager
def prepared(site):
    """Publish an object, then let the first replica hold other bytes: they tell who served them.

    In the end all copies are alike again: what they differ in, `publish` and `verify` report to other tests.
    """
    site.put("error.html", b"error page", ContentType="text/html")
    site.put(KEY, b"of the primary")
    region = site.site.replica_regions[0]
    site.aws.client("s3", region).put_object(Bucket=site.replicas[region], Key=KEY, Body=b"of the replica")
    yield site
    site.put(KEY, b"of both")


def denied(site):
    """A change of a policy that shuts CloudFront out."""
    statement = {
        "Effect": "Deny",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{site.primary}", f"arn:aws:s3:::{site.primary}/*"],
    }
    return lambda statements: [*statements, statement]


@pytest.fixture(scope="module")
def dns_site(dns):
    with prepared(dns) as site:
        yield site


@pytest.fixture(scope="module")
def hybrid_site(hybrid):
    with prepared(hybrid) as site:
        yield site


@pytest.mark.parametrize("mode", ["dns_site", "hybrid_site"])
def test_distribution_reads_the_primary_while_it_may(request, mode):
    assert request.getfixturevalue(mode).distribution(KEY).body == b"of the primary"


def test_hybrid_distribution_serves_the_replicas_bytes_over_https_when_the_primary_denies_it(hybrid_site, policy_of):
    with policy_of(hybrid_site, denied(hybrid_site)):
        answer = hybrid_site.distribution(KEY)
    assert (answer.status, answer.body) == (200, b"of the replica")


def test_hybrid_distribution_returns_to_the_primary_by_itself(hybrid_site, policy_of):
    with policy_of(hybrid_site, denied(hybrid_site)):
        assert hybrid_site.distribution(KEY).body == b"of the replica"
    assert hybrid_site.distribution(KEY).body == b"of the primary"


def test_hybrid_missing_object_stays_404_with_the_error_document_when_the_primary_denies(hybrid_site, policy_of):
    with policy_of(hybrid_site, denied(hybrid_site)):
        answer = hybrid_site.distribution("no-such-key")
    assert (answer.status, answer.body) == (404, b"error page")


def test_hybrid_health_path_stays_up_when_the_primary_denies(hybrid_site, policy_of):
    with policy_of(hybrid_site, denied(hybrid_site)):
        assert hybrid_site.distribution(hybrid_site.site.health_key).status == 200


def test_dns_distribution_fails_when_the_primary_denies_it_and_so_does_its_health_path(dns_site, policy_of):
    with policy_of(dns_site, denied(dns_site)):
        statuses = [dns_site.distribution(key).status for key in (KEY, dns_site.site.health_key)]
    assert statuses == [403, 403]


def test_dns_secondary_serves_when_the_primary_denies_the_distribution(dns_site, policy_of):
    with policy_of(dns_site, denied(dns_site)):
        answer = dns_site.website(KEY)
    assert (answer.status, answer.body) == (200, b"of the replica")


def test_hybrid_redirects_http_to_https(hybrid_site):
    answer = hybrid_site.distribution(KEY, secure=False)
    assert (answer.status, answer.headers["location"]) == (301, f"https://docs.example.org/{KEY}")


def test_dns_answers_http_itself(dns_site):
    answer = dns_site.distribution(KEY, secure=False)
    assert (answer.status, answer.body) == (200, b"of the primary")
