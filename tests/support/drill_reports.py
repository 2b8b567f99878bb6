"""Reports of drills, as a drill makes them."""

from s3_failover.drill import lanes
from s3_failover.drill.report import (
    Band,
    DrillReport,
    Evidence,
    Held,
    Replay,
    ReplayedStep,
    Requests,
    ScenarioOutcome,
    SiteOutcome,
    Stage,
    Track,
    Versions,
)

EVIDENCE = Evidence(
    begun="2026-05-01T12:00:00Z",
    ended="2026-05-01T12:05:00Z",
    asked_by="embedded AWS",
    config_sha256="0f" * 32,
    versions=Versions(s3_failover="0.1.0", python="3.11.2", boto3="1.44.5", aws_cdk_lib="2.275.0", cdk_cli=None),
)


def band(begin, end, state):
    return Band(begin=begin, end=end, state=state)


def outcome(*, held=True):
    return SiteOutcome(
        site="shop",
        hostname="shop.example.com",
        mode="dns",
        expectations=[Held(expectation="DNS moves <once>", held=held, seen="secondary after 95 s")],
        stages=[
            Stage(name="DNS answer moved", after=95.0, since="outage"),
            Stage(name="x", after=None, since="outage"),
        ],
        requests=[
            Requests(
                kind="http",
                scheme="http",
                total=3,
                ok=1,
                stale=0,
                missing=1,
                wrong=0,
                failed=1,
                recovered_after=120.0,
                slowest=0.5,
            )
        ],
        tracks=[
            Track(
                name="http viewers",
                kind="viewers",
                bands=[band(-10, -9, "ok"), band(5, 6, "failed"), band(90, 91, "ok")],
            ),
            Track(name="DNS answer", kind="dns", bands=[band(-20, 95, "distribution"), band(95, 200, "secondary")]),
            Track(name="quiet-alarm", kind="alarm", bands=[band(-20, 200, "OK")]),
            Track(name="stuck-alarm", kind="alarm", bands=[band(-20, 200, "ALARM")]),
            Track(name="loud-alarm", kind="alarm", bands=[band(-20, 100, "OK"), band(100, 200, "ALARM")]),
        ],
    )


def replay():
    """An incident that a drill replayed: it got better after a while."""
    times = ((0, 0.0, ["s3-503 in the primary region"]), (1169, 60.0, ["s3-503 in <some>"]), (1221, 150.0, []))
    return Replay(
        date="2017-02-28",
        sources=["https://aws.example.com/message"],
        place="S3 in us-east-1",
        shortened="The drill was at its minute 1221 after 150 seconds",
        steps=[
            ReplayedStep(minute=minute, after=at, event=f"<{minute}>", faults=broken) for minute, at, broken in times
        ],
    )


def report(site=None, *, incident=None, **options):
    site = site or outcome(**options)
    scenario = ScenarioOutcome(
        scenario="primary-s3-refuse",
        title="S3 refuses",
        faults=["s3-refuse in the primary region"],
        healed_after=150,
        ended_after=200,
        sites=[site],
        incident=incident,
    )
    return DrillReport(
        speed=10, config="failover.toml", evidence=EVIDENCE, held=site.held, scenarios=[lanes.told(scenario)]
    )
