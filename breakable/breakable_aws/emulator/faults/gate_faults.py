"""What a gate does while something is broken."""

from breakable_aws.emulator.net.places import Endpoint, Place
from breakable_aws.gate import Behaviour

from .faults import API_REFUSE, CDN_REFUSE, HANG, REFUSE, RESET, Faults

_OF_S3 = {REFUSE: Behaviour.REFUSE, HANG: Behaviour.HANG, RESET: Behaviour.RESET}


def behaviour_at(place: Place, faults: Faults) -> Behaviour:
    """Return what the gate of a place does at present."""
    if place.endpoint is Endpoint.CLOUDFRONT:
        return Behaviour.REFUSE if faults.has(CDN_REFUSE) else Behaviour.PASS
    if place.endpoint is Endpoint.API_GATEWAY:
        return Behaviour.REFUSE if faults.has(API_REFUSE, place.region) else Behaviour.PASS
    return _OF_S3.get(faults.of_s3(place.region) or "", Behaviour.PASS)
