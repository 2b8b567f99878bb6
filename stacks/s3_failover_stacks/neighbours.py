"""The sites of one app, which must keep the rules between sites wherever they are in it."""

from weakref import WeakKeyDictionary

from constructs import Construct, IConstruct

from s3_failover.config import Site as SiteConfig
from s3_failover.config.examination import refuse
from s3_failover.config.uniqueness import between_sites

_SITES: WeakKeyDictionary[IConstruct, list[SiteConfig]] = WeakKeyDictionary()


def join(scope: Construct, name: str, site: SiteConfig) -> None:
    """Note that an app has a site.

    Args:
        scope: where the site is.
        name: the site's name there.
        site: the site.

    Raises:
        ConfigError: another site of the app has something that only one can have.
    """
    path = "/".join(part for part in (scope.node.path, name) if part)
    here = site.model_copy(update={"name": path})
    others = _SITES.setdefault(scope.node.root, [])
    refuse(path, between_sites([*others, here]))
    others.append(here)
