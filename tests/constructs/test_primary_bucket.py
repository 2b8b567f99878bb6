import ipaddress

from aws_cdk import aws_iam as iam
from cdk_templates import new_stack, properties, statements, text

from s3_failover import checkers
from s3_failover_constructs import PrimaryBucket


def primary(stack, **options):
    return PrimaryBucket(stack, "Primary", bucket_name="primary", health_key="health.txt", **options)


def test_primary_stays_private_with_all_of_block_public_access_on():
    stack = new_stack()
    primary(stack)
    assert set(properties(stack, "AWS::S3::Bucket")["PublicAccessBlockConfiguration"].values()) == {True}


def test_health_checkers_may_get_the_health_object_and_nothing_else():
    stack = new_stack()
    primary(stack)
    statement = statements(stack)["HealthCheckersReadTheHealthObject"]
    assert statement["Action"] == "s3:GetObject"
    assert text(statement["Resource"]).endswith(".Arn>/health.txt")
    assert statement["Condition"] == {"IpAddress": {"aws:SourceIp": list(checkers.ipv4())}}


def test_only_open_principal_is_bound_to_ranges_that_s3_does_not_count_as_public():
    stack = new_stack()
    primary(stack)
    for statement in statements(stack).values():
        if statement["Effect"] == "Allow" and statement["Principal"] == {"AWS": "*"}:
            ranges = statement["Condition"]["IpAddress"]["aws:SourceIp"]
            assert ranges
            assert all(ipaddress.ip_network(r).prefixlen >= 8 for r in ranges)


def test_checker_ranges_can_be_supplied():
    stack = new_stack()
    primary(stack, checker_ranges=["192.0.2.0/24", "198.51.100.0/24"])
    condition = statements(stack)["HealthCheckersReadTheHealthObject"]["Condition"]
    assert condition["IpAddress"]["aws:SourceIp"] == ["192.0.2.0/24", "198.51.100.0/24"]


def test_health_object_cannot_be_deleted():
    stack = new_stack()
    primary(stack)
    assert text(statements(stack)["KeepProtectedKeys"]["Resource"]).endswith("/health.txt")


def test_distributions_of_the_account_are_admitted_until_the_one_is_known():
    stack = new_stack()
    primary(stack)
    statement = statements(stack)["DistributionReads"]
    assert statement["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    source = text(statement["Condition"]["ArnLike"]["aws:SourceArn"])
    assert source == "arn:aws:cloudfront::<AWS::AccountId>:distribution/*"


def test_one_distribution_is_admitted_once_its_id_is_given():
    stack = new_stack()
    primary(stack, distribution_id="E2QWRUHAPOMQZL")
    for sid in ("DistributionReads", "DistributionSees404"):
        source = text(statements(stack)[sid]["Condition"]["ArnLike"]["aws:SourceArn"])
        assert source == "arn:aws:cloudfront::<AWS::AccountId>:distribution/E2QWRUHAPOMQZL"


def test_distributions_may_list_so_that_a_missing_object_is_404_and_not_403():
    stack = new_stack()
    primary(stack)
    statement = statements(stack)["DistributionSees404"]
    assert statement["Action"] == "s3:ListBucket"
    assert text(statement["Resource"]).endswith(".Arn>")


def test_the_writer_of_the_health_object_alone_may_delete_it():
    stack = new_stack()
    bucket = primary(stack)
    role = iam.Role(stack, "Writer", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    bucket.exempt(role)
    kept = statements(stack)["KeepProtectedKeys"]
    assert kept["Effect"] == "Deny"
    assert text(kept["Condition"]["ArnNotEquals"]["aws:PrincipalArn"]).startswith("<Writer")
