"""Resources of a template, and what the API shows of them."""

import pytest
from botocore.exceptions import ClientError


def resource(kind, /, **properties):
    """Return a resource of a template; the kind goes without `AWS::`."""
    return {"Type": f"AWS::{kind}", "Properties": properties}


def error_code(call, **arguments):
    """Return the code of the error by which an API refuses a call."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"]


def tags(**pairs):
    """Return tags as a template has them."""
    return [{"Key": key, "Value": value} for key, value in pairs.items()]


def own_tags(found):
    """Return the tags that an API shows, without those of CloudFormation, by their keys."""
    return {tag["Key"]: tag["Value"] for tag in found if not tag["Key"].startswith("aws:")}
