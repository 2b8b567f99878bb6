"""AWS Fault Injection Service, as far as it pauses S3 replication: templates, experiments, and nothing else.

An experiment pauses all replication to the region that it names, not only that of its target buckets. Its
duration is in real seconds, however fast embedded time runs, because its caller measures in them, too.

AWS: `https://docs.aws.amazon.com/fis/latest/userguide/fis-actions-reference.html`.
"""

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from breakable_aws.emulator.base import s3
from breakable_aws.emulator.net.viewer_requests import (
    App,
    Request,
    Response,
    Scope,
    answered_before,
    headers_of,
    json_response,
)

from .faults import PAUSE, Faults

ACTION = "aws:s3:bucket-pause-replication"
"""The only action that an experiment may have here."""

_SIGNED = re.compile(r"Credential=[^/]+/[^/]+/([^/]+)/fis/")
_DURATION = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?")


def in_front_of(api: App, faults: Faults) -> App:
    """Return the API application, with FIS besides."""

    def is_ours(scope: Scope) -> bool:
        return _SIGNED.search(headers_of(scope).get("authorization", "")) is not None

    return answered_before(api, FaultInjection(faults).respond, is_ours)


class _RefusedError(Exception):
    """A request that FIS refuses."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


@dataclass
class _Experiment:
    """An experiment of a region, and the faults that it put into effect."""

    region: str
    template: str
    tags: Mapping[str, str]
    id: str = field(default_factory=lambda: f"EXP{uuid.uuid4().hex[:17]}")
    faults: list[str] = field(default_factory=list)
    stopped: bool = False
    failure: str = ""


class FaultInjection:
    """The service."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._templates: dict[str, tuple[str, dict[str, Any]]] = {}
        self._experiments: dict[str, _Experiment] = {}
        self._tokens: dict[str, str] = {}

    async def respond(self, request: Request) -> Response:
        """Answer a request to the service."""
        signed = _SIGNED.search(request.headers.get("authorization", ""))
        try:
            return json_response(200, await self._answer(request, signed[1] if signed else ""))
        except _RefusedError as error:
            refusal = json_response(error.status, {"message": str(error)})
            headers = {**refusal.headers, "x-amzn-errortype": error.code}
            return Response(refusal.status, headers, refusal.body)

    async def _answer(self, request: Request, region: str) -> dict[str, Any]:
        kind, _, identifier = request.path.strip("/").partition("/")
        of_templates = kind == "experimentTemplates"
        if not of_templates and kind != "experiments":
            raise _RefusedError("ValidationException", f"{request.method} {request.path} is not supported here")
        if request.method == "GET" and not identifier:
            return {kind: self._listed_templates(region) if of_templates else self._listed(region)}
        body = json.loads(request.body or b"{}")
        if of_templates:
            return {"experimentTemplate": self._changed_template(request.method, region, identifier, body)}
        return {"experiment": self._told(await self._changed(request.method, region, identifier, body))}

    def _listed_templates(self, region: str) -> list[dict[str, Any]]:
        return [self._template(identifier) for identifier, (where, _) in self._templates.items() if where == region]

    def _listed(self, region: str) -> list[dict[str, Any]]:
        return [self._told(experiment) for experiment in self._experiments.values() if experiment.region == region]

    def _changed_template(self, method: str, region: str, identifier: str, body: dict[str, Any]) -> dict[str, Any]:
        if method == "POST":
            return self._create(region, body)
        found = self._template(identifier)
        if method == "DELETE":
            del self._templates[identifier]
        return found

    async def _changed(self, method: str, region: str, identifier: str, body: dict[str, Any]) -> _Experiment:
        if method == "POST":
            return await self._start(region, body)
        return await self._stop(identifier) if method == "DELETE" else self._experiment(identifier)

    def _create(self, region: str, body: dict[str, Any]) -> dict[str, Any]:
        if (made := self._tokens.get(body["clientToken"])) is not None:
            return self._template(made)
        for name, action in body["actions"].items():
            if action["actionId"] != ACTION:
                raise _RefusedError("ValidationException", f"{name}: {action['actionId']} is not supported here")
            _seconds(action["parameters"]["duration"])
        for name, target in body["targets"].items():
            if target["resourceType"] != "aws:s3:bucket" or not target.get("resourceTags"):
                raise _RefusedError("ValidationException", f"{name}: {ACTION} only supports buckets, by tags")
        identifier = self._tokens[body["clientToken"]] = f"EXT{uuid.uuid4().hex[:17]}"
        self._templates[identifier] = (region, body)
        return self._template(identifier)

    async def _start(self, region: str, body: dict[str, Any]) -> _Experiment:
        if (made := self._tokens.get(body["clientToken"])) is not None:
            return self._experiment(made)
        template = self._template(body["experimentTemplateId"])
        experiment = _Experiment(region, template["id"], body.get("tags", {}))
        self._tokens[body["clientToken"]] = experiment.id
        self._experiments[experiment.id] = experiment
        if not all(_found(target["resourceTags"], region) for target in template["targets"].values()):
            experiment.failure = "Target resolution returned empty set"
            return experiment
        for action in template["actions"].values():
            given = action["parameters"]
            seconds = _seconds(given["duration"]) * self._faults.clock.speed
            fault = await self._faults.put(PAUSE, given["region"], seconds)
            experiment.faults.append(fault.id)
        return experiment

    async def _stop(self, identifier: str) -> _Experiment:
        experiment = self._experiment(identifier)
        if self._status(experiment) != "running":
            raise _RefusedError("ValidationException", f"the experiment {identifier} does not run")
        for fault in experiment.faults:
            await self._faults.heal(fault)
        experiment.stopped = True
        return experiment

    def _template(self, identifier: str) -> dict[str, Any]:
        if identifier not in self._templates:
            raise _RefusedError("ResourceNotFoundException", f"there is no template {identifier}", 404)
        _, body = self._templates[identifier]
        told = {name: body[name] for name in ("description", "targets", "actions", "stopConditions", "roleArn")}
        return {"id": identifier, "tags": body.get("tags", {}), **told}

    def _experiment(self, identifier: str) -> _Experiment:
        if identifier not in self._experiments:
            raise _RefusedError("ResourceNotFoundException", f"there is no experiment {identifier}", 404)
        return self._experiments[identifier]

    def _status(self, experiment: _Experiment) -> str:
        if experiment.failure or experiment.stopped:
            return "failed" if experiment.failure else "stopped"
        running = {fault.id for fault in self._faults.active()} & set(experiment.faults)
        return "running" if running else "completed"

    def _told(self, experiment: _Experiment) -> dict[str, Any]:
        state = {"status": self._status(experiment), "reason": experiment.failure}
        told = {"id": experiment.id, "experimentTemplateId": experiment.template, "state": state}
        return {**told, "tags": dict(experiment.tags)}


def _found(wanted: Mapping[str, str], region: str) -> list[str]:
    """Return the buckets of a region that have all tags."""
    return [
        bucket
        for bucket in s3.buckets()
        if wanted.items() <= s3.bucket_tags(bucket).items() and s3.region_of(bucket) == region
    ]


def _seconds(duration: str) -> int:
    match = _DURATION.fullmatch(duration)
    parts = [int(part or 0) for part in match.groups()] if match else [0, 0, 0]
    seconds = parts[0] * 3600 + parts[1] * 60 + parts[2]
    if not 60 <= seconds <= 12 * 3600:
        raise _RefusedError("ValidationException", f"the duration is {duration}, expected PT1M to PT12H")
    return seconds
