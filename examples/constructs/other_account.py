"""A site in Tokyo whose copies are in Osaka, in an account of their own, with a certificate that sites share.

Who takes over the first account can neither delete nor change what is in the second one but by writing to the site.
"""

from __future__ import annotations

from aws_cdk import App, Environment, Stack
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from constructs import Construct

from s3_failover_constructs import AlarmActions
from s3_failover_stacks import Mode, ReplicationSettings, Secondary, Site

WEB, COPIES = "111111111111", "222222222222"
TOKYO, OSAKA, EDGE = "ap-northeast-1", "ap-northeast-3", "us-east-1"
ZONE = {"hosted_zone_id": "Z0123456789ABCDEFGHIJ", "zone_name": "example.jp"}


class Certificates(Stack):
    """The certificate of all sites of the team."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id, env=Environment(account=WEB, region=EDGE))
        zone = route53.HostedZone.from_hosted_zone_attributes(self, "Zone", **ZONE)
        self.sites = acm.Certificate(
            self, "Sites", domain_name="*.example.jp", validation=acm.CertificateValidation.from_dns(zone)
        )


def _tell(stack: Stack) -> AlarmActions:
    """Return the actions of alarms: the team's topics, which each account has in each region."""
    ops = sns.Topic.from_topic_arn(stack, "Ops", f"arn:aws:sns:{stack.region}:{stack.account}:ops")
    return AlarmActions(warning=[ops], critical=[ops])


def define(app: App) -> None:
    """Define the certificate and the site."""
    certificates = Certificates(app, "Certificates")
    Site(
        app,
        "press",
        hostname="press.example.jp",
        zone=route53.HostedZoneAttributes(**ZONE),
        account=WEB,
        replica_account=COPIES,
        primary_region=TOKYO,
        replica_regions=[OSAKA],
        mode=Mode.HYBRID,
        secondary=Secondary.external("press.cdn.example.net"),
        encryption=s3.BucketEncryption.KMS,
        replication=ReplicationSettings(time_control=True, delete_markers=False),
        certificate=certificates.sites,
        notifications=_tell,
        termination_protection=True,
    )


def main() -> None:
    """Synthesize the app."""
    app = App()
    define(app)
    app.synth()


if __name__ == "__main__":
    main()
