"""What a certificate covers, as far as it is known at synthesis."""

from collections.abc import Iterator, Sequence

from aws_cdk import Token
from aws_cdk import aws_certificatemanager as acm

from s3_failover.names.spelling import covers
from s3_failover.values import Misfit


def uncovered(certificate: acm.ICertificate, hostnames: Sequence[str]) -> Iterator[Misfit]:
    """Yield the hostnames that a certificate does not cover, where the app makes it; of an import nothing is known."""
    made = certificate.node.default_child
    if not isinstance(made, acm.CfnCertificate):
        return
    names = [made.domain_name, *(made.subject_alternative_names or ())]
    if any(map(Token.is_unresolved, names)):
        return
    for hostname in hostnames:
        if not (Token.is_unresolved(hostname) or covers(hostname, names)):
            got = f"{certificate.node.path} for {', '.join(names)}"
            yield Misfit(got, f"one that covers {hostname}", "add it to its subject_alternative_names")
