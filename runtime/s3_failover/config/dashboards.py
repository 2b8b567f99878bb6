"""Which sites of a file have a dashboard: by default those of one account share one."""

from collections.abc import Sequence

from s3_failover.config.model import Site


def assigned(sites: Sequence[Site], *, shared: bool) -> tuple[Site, ...]:
    """Return the sites with their dashboards.

    With `shared`, the first site of each account carries a dashboard over all sites of that account. A site that is
    alone there has its own instead, unless it has chosen to have none.
    """
    if not shared:
        return tuple(sites)
    groups: dict[str | None, list[Site]] = {}
    for site in sites:
        groups.setdefault(site.account, []).append(site)
    return tuple(_assigned(site, groups[site.account]) for site in sites)


def _assigned(site: Site, group: Sequence[Site]) -> Site:
    if len(group) == 1:
        return site if site.dashboard is not None else site.model_copy(update={"dashboard": True})
    return site.carrying(group) if site is group[0] else site
