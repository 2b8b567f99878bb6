"""A site whose alarms go where its app says, and that makes no topics."""

import pytest
from aws_cdk import App
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_sns as sns
from cdk_templates import ROOT, new_app
from site_stacks import find

from s3_failover_constructs import AlarmActions
from s3_failover_stacks import Alarms, Clients, Mode, ReplicationSettings, Site, add_sites

REGIONS = ("us-east-1", "eu-west-1", "eu-central-1")
ZONE = route53.HostedZoneAttributes(hosted_zone_id="Z0123456789ABCDEFGHIJ", zone_name="example.com")


def arn(region, name="ops"):
    return f"arn:aws:sns:{region}:111111111111:{name}"


def tell(stack):
    """What a team writes once for all its stacks."""
    ops, page = (sns.Topic.from_topic_arn(stack, name, arn(stack.region, name)) for name in ("ops", "page"))
    return AlarmActions(warning=[ops], critical=[page])


def shop(app=None, **more):
    return Site(
        app or new_app(),
        "shop",
        hostname="shop.example.com",
        zone=ZONE,
        primary_region="eu-west-1",
        replica_regions=["eu-central-1"],
        mode=Mode.DNS,
        account="111111111111",
        clients=Clients(),
        **more,
    )


def stacks(site):
    return {stack.node.id: stack for stack in site.stacks.all}, site.node.root.synth()


def alarms_of(assembly, stack):
    template = assembly.get_stack_by_name(stack.stack_name).template
    return [*find(template, "AWS::CloudWatch::Alarm"), *find(template, "AWS::CloudWatch::CompositeAlarm")], template


@pytest.mark.parametrize("engine", ["s3", "lambda"])
def test_all_alarms_of_a_site_tell_existing_topics_in_their_regions(engine):
    site = shop(notifications=tell, replication=ReplicationSettings(engine=engine))
    made, assembly = stacks(site)
    for stack in made.values():
        alarms, template = alarms_of(assembly, stack)
        assert not find(template, "AWS::SNS::Topic")
        assert not any("Topic" in key for key in template.get("Outputs", {}))
        told = {each for alarm in alarms for each in (*alarm["AlarmActions"], *alarm["OKActions"])}
        assert told <= {arn(stack.region), arn(stack.region, "page")}
        assert all(alarm["AlarmActions"] for alarm in alarms)
    assert site.topics == {}
    assert set(site.notifications) == {name for name, stack in made.items() if alarms_of(assembly, stack)[0]}


def test_alarms_may_do_nothing_by_region_or_by_stack():
    for nothing in (dict.fromkeys(REGIONS, AlarmActions()), lambda _: None):
        made, assembly = stacks(shop(notifications=nothing))
        for stack in made.values():
            alarms, template = alarms_of(assembly, stack)
            assert not any("AlarmActions" in alarm for alarm in alarms)
            assert not find(template, "AWS::SNS::Topic")


def test_a_region_without_notifications_is_refused():
    by_region = dict.fromkeys(REGIONS[:2], AlarmActions())
    with pytest.raises(ValueError, match=r"^notifications: got us-east-1, eu-west-1, expected eu-central-1 among them"):
        shop(notifications=by_region)


@pytest.mark.parametrize("wrong", ["ops", AlarmActions(), 3])
def test_what_is_neither_by_region_nor_a_function_is_refused(wrong):
    with pytest.raises(
        TypeError, match=r"^notifications: got .*, expected a mapping of regions or a function of a stack;"
    ):
        shop(notifications=wrong)


def test_addresses_that_no_topic_would_write_to_are_refused():
    with pytest.raises(ValueError, match=r"^notifications: got addresses beside it: a@example.com, expected none"):
        shop(notifications=tell, alarms=Alarms(warning_emails=("a@example.com",)))


def test_the_sites_of_a_file_may_have_notifications():
    sites = add_sites(App(), ROOT / "failover.toml", notifications=lambda _: AlarmActions())
    assert sites
    assert all(site.topics == {} for site in sites.values())
    assert all(site.notifications for site in sites.values())


def test_the_topics_of_a_site_tell_endpoints_everywhere_and_its_alarms_existing_topics_in_their_regions():
    recipients = Alarms(
        critical_endpoints=("https://events.pagerduty.com/integration/0a1b/enqueue",),
        warning_topics=tuple(map(arn, REGIONS)),
    )
    made, assembly = stacks(shop(alarms=recipients))
    for stack in made.values():
        alarms, template = alarms_of(assembly, stack)
        for alarm in alarms:
            critical = "CriticalTopic" not in str(alarm) and arn(stack.region) not in alarm["AlarmActions"]
            assert critical == (len(alarm["AlarmActions"]) == 1)
        subscribed = find(template, "AWS::SNS::Subscription")
        assert [each["Protocol"] for each in subscribed] == (["https"] if alarms else [])
