"""Stacks that the file has no more: a part of a site, or a whole site whose table is gone."""

from fake_accounts import account, refusal
from sites import site

from s3_failover.config import StackRole
from s3_failover.errors import UserError
from s3_failover.operations import left_over
from s3_failover.operations.refusals import DeniedError

BLOG = site(hostname="blog.example.com", name="blog")


class Regions:
    """An account with the stacks of each region; a region with an error does not list them."""

    def __init__(self, **stacks):
        self.stacks = {name.replace("_", "-"): found for name, found in stacks.items()}

    def account(self):
        made = account(account=self)
        return type(made)(made.id, lambda service, region: self if service == "account" else Listing(self, region))

    def get_paginator(self, _):
        return self

    def paginate(self):
        return [{"Regions": [{"RegionName": name, "RegionOptStatus": "ENABLED"} for name in self.stacks]}]


class Listing:
    def __init__(self, regions, region):
        self.found = regions.stacks[region]

    def get_paginator(self, _):
        return self

    def paginate(self):
        if isinstance(self.found, Exception):
            raise self.found
        return [{"Stacks": self.found}]


def stack(of, role, region, **more):
    tags = [{"Key": "s3-failover:site", "Value": of.hostname}]
    return {"StackName": of.naming.stack(role, region), "StackStatus": "CREATE_COMPLETE", "Tags": tags, **more}


def test_a_whole_site_that_left_the_file_readers_first():
    regions = Regions(
        eu_west_1=[stack(BLOG, StackRole.PRIMARY, "eu-west-1"), stack(BLOG, StackRole.ALARMS, "eu-west-1")],
        us_east_1=[stack(BLOG, StackRole.EDGE, "us-east-1", EnableTerminationProtection=True)],
        us_east_2=[stack(BLOG, StackRole.WEBSITE, "us-east-2"), stack(site(), StackRole.EDGE, "us-east-1")],
    )
    found = left_over.everywhere([site()], regions.account(), seconds=10, strangers=True).found
    assert [each.role for each in found] == [StackRole.ALARMS, StackRole.EDGE, StackRole.PRIMARY, StackRole.WEBSITE]
    assert {each.hostname for each in found} == {BLOG.hostname}
    assert all(each.remedy.startswith("if no other file has blog.example.com: ") for each in found)
    assert "--no-enable-termination-protection" in found[1].remedy


def test_other_sites_are_no_matter_of_one_site():
    regions = Regions(us_east_1=[stack(BLOG, StackRole.EDGE, "us-east-1")])
    assert left_over.everywhere([site()], regions.account(), seconds=10).found == ()


def test_both_sites_of_a_file_have_their_stacks():
    regions = Regions(us_east_1=[stack(BLOG, StackRole.EDGE, "us-east-1"), stack(site(), StackRole.EDGE, "us-east-1")])
    assert left_over.everywhere([site(), BLOG], regions.account(), seconds=10, strangers=True).found == ()


def test_a_region_that_does_not_answer_is_named_and_the_others_are_told():
    denied = refusal("AccessDenied", "DescribeStacks")
    regions = Regions(us_east_2=[stack(site(), StackRole.CLIENTS, "us-east-2")], eu_west_1=denied)
    looked = left_over.everywhere([site()], regions.account(), seconds=10)
    assert [each.region for each in looked.found] == ["us-east-2"]
    assert list(looked.silent) == ["eu-west-1"]
    assert "cannot list the stacks in eu-west-1" in str(looked.error)


def test_regions_that_do_not_answer_are_one_error_which_keeps_the_permission_that_is_missing():
    denied = refusal("AccessDenied", "DescribeStacks")
    error = left_over.everywhere([site()], Regions(eu_west_1=denied, us_east_2=denied).account(), seconds=10).error
    assert str(error).count("cannot list the stacks in") == 1
    assert str(error).endswith(" (and in 1 other region)")
    assert (type(error), error.permission) == (DeniedError, "cloudformation:DescribeStacks")


def test_a_site_that_moved_to_another_account_is_left_over_in_the_former_one():
    moved = site(more='account = "999999999999"')
    regions = Regions(us_east_1=[stack(moved, StackRole.EDGE, "us-east-1")])
    (left,) = left_over.everywhere([moved, BLOG], regions.account(), seconds=10, strangers=True).found
    assert (left.hostname, left.in_file) == (moved.hostname, True)


def test_accounts_do_not_hide_each_others_reasons():
    looked = {name: left_over.Looked((), {"eu-west-1": UserError(f"denied in {name}")}) for name in ("1", "2")}
    assert list(left_over.joined(looked).silent) == ["eu-west-1 of 1", "eu-west-1 of 2"]


def test_stacks_without_our_tag_are_not_ours():
    regions = Regions(us_east_2=[{"StackName": "mine", "StackStatus": "CREATE_COMPLETE"}])
    assert left_over.everywhere([site()], regions.account(), seconds=10, strangers=True).found == ()
