"""What a command prints with `--json`, checked by its schema."""

import json

from jsonschema import Draft202012Validator

from s3_failover.cli import reference


def as_declared(command, text):
    """Return the document that a command printed, if that is all it printed and as its schema says."""
    document = json.loads(text)
    Draft202012Validator(reference.schema(reference.RESULTS[command])).validate(document)
    return document
