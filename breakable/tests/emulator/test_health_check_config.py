import pytest

from breakable_aws.emulator.route53.health_check_config import must_replace, normalised

HTTPS = {"Type": "HTTPS", "FullyQualifiedDomainName": "www.example.com"}


def test_an_endpoint_check_gets_route_53s_defaults():
    assert normalised(HTTPS) == HTTPS | {
        "Port": 443,
        "RequestInterval": 30,
        "FailureThreshold": 3,
        "MeasureLatency": False,
        "EnableSNI": True,
        "Inverted": False,
        "Disabled": False,
    }


def test_template_strings_become_numbers_and_booleans():
    given = HTTPS | {"Port": "8443", "RequestInterval": "10", "Inverted": "true", "EnableSNI": "False"}
    config = normalised(given)
    assert (config["Port"], config["RequestInterval"], config["Inverted"], config["EnableSNI"]) == (
        8443,
        10,
        True,
        False,
    )


@pytest.mark.parametrize(
    ("config", "why"),
    [
        ({"Type": "PING"}, "Type"),
        ({"Type": "HTTP"}, "FullyQualifiedDomainName"),
        (HTTPS | {"RequestInterval": 20}, "RequestInterval"),
        (HTTPS | {"FailureThreshold": 11}, "FailureThreshold"),
        (HTTPS | {"SearchString": "ok"}, "SearchString"),
        (HTTPS | {"Type": "HTTPS_STR_MATCH"}, "SearchString"),
        (HTTPS | {"Type": "HTTPS_STR_MATCH", "SearchString": "x" * 256}, "255"),
        (HTTPS | {"Regions": ["us-east-1", "eu-west-1"]}, "three"),
        (HTTPS | {"Regions": ["us-east-1", "eu-west-1", "eu-central-1"]}, "eu-central-1"),
        ({"Type": "CALCULATED", "HealthThreshold": 257}, "HealthThreshold"),
        ({"Type": "CALCULATED", "ChildHealthChecks": ["c"] * 257}, "children"),
        ({"Type": "CLOUDWATCH_METRIC"}, "AlarmIdentifier"),
    ],
)
def test_what_route_53_refuses_is_refused(config, why):
    with pytest.raises(ValueError, match=why):
        normalised(config)


def test_type_interval_and_latency_replace_a_check_and_nothing_else_does():
    old = normalised(HTTPS)
    assert must_replace(old, normalised(HTTPS | {"RequestInterval": 10}))
    assert must_replace(old, normalised(HTTPS | {"Type": "HTTP"}))
    assert must_replace(old, normalised(HTTPS | {"MeasureLatency": True}))
    assert not must_replace(old, normalised(HTTPS | {"FailureThreshold": 1, "ResourcePath": "/x"}))
