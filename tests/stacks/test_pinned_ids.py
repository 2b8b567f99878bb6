"""Every logical id of a site, which docs/versions.md promises. After a deliberate change: `--snapshot-update`, and a line in CHANGELOG.

Apps refer to what a site makes by these ids, and CloudFormation replaces what gets another one.
"""

import pytest
from site_kinds import every_kind
from site_stacks import templates
from syrupy.extensions.json import JSONSnapshotExtension

KINDS = ("dns-eu-west-1-1", "two-way", "kms", "cdn", "lambda", "https-kms", "existing", "delegated", "apex")


@pytest.mark.parametrize("kind", KINDS)
def test_logical_ids_are_as_promised(snapshot, kind):
    found = {
        stack: {name: resource["Type"] for name, resource in sorted(template["Resources"].items())}
        for stack, template in templates(every_kind()[kind]).items()
    }
    assert found == snapshot.use_extension(JSONSnapshotExtension)
