"""The ids of a distribution's origins, which stay as they are wherever the stack is."""

from collections.abc import Iterator

import jsii
from aws_cdk import Aspects, IAspect, Names, Stack
from aws_cdk import aws_cloudfront as cloudfront
from constructs import Construct, IConstruct, RootConstruct

_LONGEST = 128
"""Characters of an id (CloudFront API, Origin)."""


def keep_origin_ids(distribution: cloudfront.Distribution) -> None:
    """Give a distribution's origins and groups ids that the stack's name decides, and not its place in the app.

    The CDK makes them of the whole path: a site that is called otherwise, or moves into a stage, would get others.
    """
    Aspects.of(distribution).add(_OriginIds())


@jsii.implements(IAspect)
class _OriginIds:
    def visit(self, node: IConstruct) -> None:
        if not isinstance(node, cloudfront.CfnDistribution):
            return
        kept = _kept(node)
        # Not the typed property: jsii cannot return one whose numbers are tokens.
        for path, value in _texts(Stack.of(node).resolve(node._cfn_properties)):
            if value in kept:
                node.add_property_override(path, kept[value])


def _kept(node: cloudfront.CfnDistribution) -> dict[str, str]:
    """Return the ids to keep by those that the CDK has made."""
    assert node.node.scope is not None
    origins = (each for each in node.node.scope.node.children if each.node.id.startswith("Origin"))
    return {_origin_id(each): _origin_id(_in_the_app(each)) for each in origins}


def _origin_id(origin: IConstruct) -> str:
    return Names.unique_id(origin)[-_LONGEST:]


def _in_the_app(construct: IConstruct) -> IConstruct:
    """Return a construct with the path that another one has if its stack, by its name, is directly in the app."""
    stack = Stack.of(construct)
    path = construct.node.path.removeprefix(f"{stack.node.path}/").split("/")
    copy: Construct = RootConstruct()
    for each in (stack.stack_name, *path):
        copy = Construct(copy, each)
    return copy


def _texts(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield all texts in a configuration with their paths, spelled as in a template."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(inner, f"{path}.{key[:1].upper()}{key[1:]}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _texts(inner, f"{path}.{index}")
    elif isinstance(value, str):
        yield path.removeprefix("."), value
