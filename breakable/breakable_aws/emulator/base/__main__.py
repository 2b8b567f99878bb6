"""Prints as JSON which of the hooks do not hold in the ministack on the module path: see `breakable_aws.candidate`."""

import json
import sys
from importlib import metadata

from .hook_points import REPLACED, USED
from .hooks import DISTRIBUTION, problems

if __name__ == "__main__":
    report = {
        "version": metadata.version(DISTRIBUTION),
        "replaced": len(REPLACED),
        "used": sum(len(names.split()) for names in USED.values()),
        "problems": list(problems(REPLACED, USED)),
    }
    sys.stdout.write(json.dumps(report))
