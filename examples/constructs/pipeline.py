"""A pipeline that deploys a site to two stages, each in an account of its own, in Paris with a copy in Stockholm.

Beside each site the team has stacks of its own: a role that uploads, and a dashboard.
"""

from __future__ import annotations

from aws_cdk import App, Duration, Environment, Stack, Stage, pipelines
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_route53 as route53
from constructs import Construct

from s3_failover_stacks import Clients, Mode, Secondary, Site

PARIS, STOCKHOLM, EDGE = "eu-west-3", "eu-north-1", "us-east-1"


class Web(Stage):
    """One stage: the site, who uploads, and what the team looks at."""

    def __init__(self, scope: Construct, construct_id: str, *, account: str, domain: str, zone_id: str) -> None:
        super().__init__(scope, construct_id, env=Environment(account=account, region=PARIS))
        self.site = Site(
            self,
            "web",
            hostname=f"www.{domain}",
            zone=route53.HostedZoneAttributes(hosted_zone_id=zone_id, zone_name=domain),
            primary_region=PARIS,
            replica_regions=[STOCKHOLM],
            mode=Mode.HYBRID,
            secondary=Secondary.https(),
            record_ttl=Duration.seconds(30),
            clients=Clients(),
        )
        uploads = Uploads(self, "Uploads")
        self.site.grant_publish(uploads.role)
        Dashboard(self, "Dashboard", site=self.site, env=Environment(account=account, region=EDGE))


class Uploads(Stack):
    """The role with which the content's own pipeline publishes."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        self.role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("codebuild.amazonaws.com"))


class Dashboard(Stack):
    """What viewers get, on one page; in us-east-1, where the metrics are."""

    def __init__(self, scope: Construct, construct_id: str, *, site: Site, env: Environment) -> None:
        super().__init__(scope, construct_id, env=env)
        self.add_stack_dependency(site.stacks.edge)
        where = cloudwatch.GraphWidget(title="Viewers on the secondary", left=[site.metric_viewers_on_secondary()])
        errors = cloudwatch.GraphWidget(title="Errors, in percent", left=[site.metric_viewer_errors()])
        alarms = cloudwatch.AlarmStatusWidget(alarms=[site.alarms["failover-unhealthy"], site.alarms["cdn-5xx"]])
        cloudwatch.Dashboard(self, "Page", widgets=[[where, errors], [alarms]])


def define(app: App) -> None:
    """Define the pipeline and its stages."""
    stack = Stack(app, "Delivery", env=Environment(account="111111111111", region=PARIS))
    source = pipelines.CodePipelineSource.connection(
        "example/web", "main", connection_arn="arn:aws:codeconnections:eu-west-3:111111111111:connection/example"
    )
    synth = pipelines.ShellStep("Synth", input=source, commands=["pip install -r requirements.txt", "npx cdk synth"])
    pipeline = pipelines.CodePipeline(stack, "Pipeline", synth=synth, cross_account_keys=True)
    beta = Web(app, "beta", account="222222222222", domain="beta.example.com", zone_id="Z0BETA00000000000000A")
    prod = Web(app, "prod", account="333333333333", domain="example.com", zone_id="Z0PROD00000000000000A")
    pipeline.add_stage(beta)
    pipeline.add_stage(prod, pre=[pipelines.ManualApprovalStep("Promote")])


def main() -> None:
    """Synthesize the app."""
    app = App()
    define(app)
    app.synth()


if __name__ == "__main__":
    main()
