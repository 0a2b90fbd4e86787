"""A workflow file as data: jobs in the order in which they need each other, and their steps. Pure."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct, field

from publisher.errors import PublisherError


class BrokenWorkflow(PublisherError):
    """A workflow is not what GitHub would take."""


class Step(Struct, frozen=True, kw_only=True):
    """One step: a script, or an action that is used."""

    id: str = ""
    name: str = ""
    condition: str | bool = field(default="", name="if")
    uses: str = ""
    run: str = ""
    shell: str = ""
    given: dict[str, Any] = field(default_factory=dict, name="with")
    env: dict[str, Any] = field(default_factory=dict)
    working_directory: str = field(default="", name="working-directory")

    @property
    def title(self) -> str:
        """What it is called on GitHub."""
        return self.name or self.uses.partition("@")[0] or self.run.strip().partition("\n")[0]


class Job(Struct, frozen=True, kw_only=True):
    """One job."""

    name: str = ""
    needs: str | list[str] = field(default_factory=list)
    condition: str | bool = field(default="", name="if")
    env: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)

    @property
    def before(self) -> list[str]:
        """The jobs that it waits for."""
        return [self.needs] if isinstance(self.needs, str) else self.needs


class Workflow(Struct, frozen=True, kw_only=True):
    """One file."""

    name: str = ""
    events: Any = field(default=None, name="on")
    env: dict[str, Any] = field(default_factory=dict)
    jobs: dict[str, Job]

    @property
    def begins_with(self) -> list[str]:
        """The events that begin it."""
        events = self.events
        return [events] if isinstance(events, str) else list(events or ())


class Action(Struct, frozen=True, kw_only=True):
    """A composite action of the repository's own."""

    inputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)


def workflow_of(found: Any, where: str) -> Workflow:
    """A workflow from what its file says.

    Raises:
        BrokenWorkflow: It is none.
    """
    try:
        workflow = msgspec.convert(found, Workflow, strict=False)
    except msgspec.ValidationError as error:
        raise BrokenWorkflow(f"is no workflow: {error}", where=where) from error
    for name, job in workflow.jobs.items():
        missing = [each for each in job.before if each not in workflow.jobs]
        if missing:
            raise BrokenWorkflow(f"job {name} needs {missing[0]}, which is not there", where=where)
    return workflow


def action_of(found: Any, where: str) -> Action:
    """A composite action from what its file says.

    Raises:
        BrokenWorkflow: It is none.
    """
    try:
        steps = found["runs"]["steps"] if found["runs"]["using"] == "composite" else None
        return msgspec.convert({"inputs": found.get("inputs") or {}, "steps": steps}, Action, strict=False)
    except (KeyError, TypeError, msgspec.ValidationError) as error:
        raise BrokenWorkflow(f"is no composite action: {error}", where=where) from error


def in_order(workflow: Workflow) -> list[str]:
    """The names of its jobs, each behind those that it needs.

    Raises:
        BrokenWorkflow: Two wait for each other.
    """
    ordered: list[str] = []
    while len(ordered) < len(workflow.jobs):
        ready = [
            name
            for name, job in workflow.jobs.items()
            if name not in ordered and all(each in ordered for each in job.before)
        ]
        if not ready:
            raise BrokenWorkflow("its jobs wait for each other", where=workflow.name)
        ordered += ready
    return ordered
