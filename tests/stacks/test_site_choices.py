"""What a site can do without, and what its stacks can be called, in the file and in Python alike."""

import pytest
from cdk_templates import new_app
from fake_accounts import account
from site_kinds import every_kind
from site_stacks import synthesized
from sites import site

from s3_failover.errors import UserError
from s3_failover.operations.backfill.batch import report_bucket
from s3_failover.operations.buckets import wanted
from s3_failover.operations.limits import adds
from s3_failover_stacks import Site

ACCOUNT = "123456789012"


def resources(kind):
    found = [each.template["Resources"].values() for each in synthesized(every_kind()[kind]).values()]
    return [resource for stack in found for resource in stack]


def test_without_access_logs_nothing_writes_any():
    found = resources("unlogged")
    assert not [each for each in found if "LoggingConfiguration" in each.get("Properties", {})]
    assert not [each for each in found if each["Type"].startswith("AWS::Logs::Delivery")]
    assert sum(each["Type"] == "AWS::S3::Bucket" for each in found) == 4


def test_commands_miss_no_log_bucket_that_is_not_made():
    logged, unlogged = site(replicas=2, mode="hybrid"), every_kind()["unlogged"]
    names = [each.name for each in wanted(unlogged, ACCOUNT)]
    assert len(names) == 4
    assert not [name for name in names if "logs" in name]
    assert adds(logged, ACCOUNT)["buckets"] - adds(unlogged, ACCOUNT)["buckets"] == 4


def test_reports_of_a_backfill_need_a_bucket_where_there_is_none_for_logs():
    with pytest.raises(UserError, match=r"^sites.shop has no access logs, expected --bucket with a private bucket in"):
        report_bucket(every_kind()["unlogged"], account(), None)
    assert report_bucket(every_kind()["unlogged"], account(), "reports") == "reports"


def test_a_prefix_is_what_the_names_of_all_stacks_start_with():
    config = site(more='stack_prefix = "web"')
    made = Site.from_config(new_app(), "Mine", config)
    names = {stack.stack_name for stack in made.stacks.all}
    assert names == {config.naming.stack(*each) for each in config.own_stacks}
    assert {name.partition("-")[0] for name in names} == {"web"}
