"""What a command prints with `--json`, held against the type that it declares."""

import json

from pydantic import TypeAdapter

from s3_failover.cli import reference


def as_declared(command, text):
    """Return the document that a command printed, if that is all it printed and as its schema says."""
    declared = reference.documented(dict(reference.documents())[command])
    TypeAdapter(declared).validate_json(text, strict=True)
    return json.loads(text)
