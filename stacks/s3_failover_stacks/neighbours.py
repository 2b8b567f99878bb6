"""The sites of one app, which must keep the rules between sites wherever they are in it."""

from weakref import WeakKeyDictionary

from constructs import Construct, IConstruct

from s3_failover.config import Site as SiteConfig
from s3_failover.config.examination import refuse
from s3_failover.config.uniqueness import between_sites

_SITES: WeakKeyDictionary[IConstruct, list[SiteConfig]] = WeakKeyDictionary()


def join(construct: Construct, site: SiteConfig) -> None:
    """Note that an app has a site.

    Args:
        construct: the site's construct.
        site: the site.

    Raises:
        ConfigError: another site of the app has something that only one can have.
    """
    here = site.model_copy(update={"name": construct.node.path})
    others = _SITES.setdefault(construct.node.root, [])
    refuse(here.name, between_sites([*others, here]))
    others.append(here)
