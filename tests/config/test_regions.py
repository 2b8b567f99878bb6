from aws_cdk.region_info import RegionInfo

from s3_failover.config.regions import NO_WEBSITE_ALIAS, known_regions


def test_the_regions_without_alias_are_those_of_which_the_cdk_knows_no_zone():
    unknown = {region for region in known_regions() if not RegionInfo.get(region).s3_static_website_hosted_zone_id}
    assert unknown == NO_WEBSITE_ALIAS
