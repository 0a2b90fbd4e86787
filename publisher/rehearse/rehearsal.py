"""One workflow for one event, rehearsed: each job in a fresh clone, each script run as the file holds it.

What only GitHub can do is said, and not done: it deploys no pages, signs nothing, and `gh` only tells what it
would do. Pushes go to a bare copy of the repository. What is installed here is used: publisher is not installed
again.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct, field

from publisher.errors import PublisherError
from publisher.rehearse.expressions import filled, holds
from publisher.rehearse.workflow import Step, Workflow, action_of, in_order
from publisher.store.yaml import read

Result = Literal["success", "failure", "skipped"]
Outcome = Literal["done", "failed", "left out", "left to GitHub"]

_GH = '#!/bin/sh\n{ printf "gh, left to GitHub:"; printf " %s" "$@"; echo; } >&2\n'
_INSTALLS = "Install publisher"  #: the step that is left out
_LEFT = {"actions/deploy-pages", "actions/attest", "actions/configure-pages", "actions/setup-python"}
#: Of the context `github`, what scripts find in variables.
_TOLD = (
    "actor",
    "event_name",
    "ref",
    "ref_name",
    "ref_type",
    "repository",
    "run_attempt",
    "run_id",
    "server_url",
    "sha",
)
_LAST = 40  #: lines of a failed step that are told


class Event(Struct, frozen=True, kw_only=True):
    """Why a workflow begins."""

    name: str  #: push, pull_request, schedule, workflow_dispatch
    ref: str  #: refs/heads/main
    sha: str
    inputs: dict[str, str] = field(default_factory=dict)
    told: dict[str, Any] = field(default_factory=dict)  #: `github.event`

    @property
    def ref_name(self) -> str:
        """The branch or tag."""
        return self.ref.split("/", 2)[2]


class Ran(Struct, frozen=True, kw_only=True):
    """A step that was reached."""

    job: str
    title: str
    outcome: Outcome
    seconds: float
    said: str = ""  #: the last lines of one that failed; why one was left out


class Stage(Struct, frozen=True, kw_only=True):
    """Where a workflow is rehearsed."""

    remote: Path  #: a bare copy of the repository
    folder: Path  #: for clones, artifacts and what GitHub's runner keeps in files
    repository: str  #: OWNER/NAME
    branch: str  #: the default one
    variables: dict[str, str] = field(default_factory=dict)  #: of the repository: `vars.NAME`


Tell = Callable[[Ran], None]


def rehearse(workflow: Workflow, event: Event, stage: Stage, tell: Tell) -> bool:
    """Rehearse a workflow; whether every job that was to run succeeded.

    Args:
        workflow: Which.
        event: That begins it.
        stage: Where.
        tell: Is told of each step.

    Raises:
        PublisherError: It holds what cannot be rehearsed.
    """
    results: dict[str, dict[str, Any]] = {}
    for name in in_order(workflow):
        job = workflow.jobs[name]
        before = {each: results[each] for each in job.before}
        contexts = _contexts(event, stage) | {"needs": before, "env": workflow.env | job.env}
        succeeded = all(each["result"] == "success" for each in before.values())
        if not holds(job.condition, contexts, succeeded=succeeded):
            results[name] = {"result": "skipped", "outputs": {}}
            continue
        results[name] = _Job(name, stage, contexts, tell).run(job.steps, job.outputs)
    return all(each["result"] != "failure" for each in results.values())


def _contexts(event: Event, stage: Stage) -> dict[str, Any]:
    github = {
        "actor": "rehearsal",
        "event": {"repository": {"default_branch": stage.branch}, "inputs": event.inputs} | event.told,
        "event_name": event.name,
        "ref": event.ref,
        "ref_name": event.ref_name,
        "ref_type": "tag" if event.ref.startswith("refs/tags/") else "branch",
        "repository": stage.repository,
        "repository_owner": stage.repository.partition("/")[0],
        "run_attempt": "1",
        "run_id": "1",
        "server_url": "https://github.com",
        "sha": event.sha,
        "token": "",
        "workflow": "",
    }
    return {"github": github, "inputs": event.inputs, "vars": stage.variables, "runner": {"os": "Linux"}}


class _Job:
    """One job, under way."""

    def __init__(self, name: str, stage: Stage, contexts: dict[str, Any], tell: Tell) -> None:
        self.name, self.stage, self.contexts, self.tell = name, stage, contexts, tell
        self.folder = stage.folder / f"job-{name}"
        self.workspace = self.folder / "work"
        self.temp = self.folder / "temp"
        self.steps: dict[str, dict[str, Any]] = {}
        self.succeeded = True
        for each in (self.workspace, self.temp, self.folder / "bin"):
            each.mkdir(parents=True)
        gh = self.folder / "bin" / "gh"
        gh.write_text(_GH)
        gh.chmod(0o755)

    def run(self, steps: list[Step], outputs: Mapping[str, str]) -> dict[str, Any]:
        """All its steps; the job's result and outputs."""
        self._steps(steps, self.contexts | {"steps": self.steps})
        result: Result = "success" if self.succeeded else "failure"
        known = self.contexts | {"steps": self.steps}
        return {"result": result, "outputs": {name: filled(text, known) for name, text in outputs.items()}}

    def _steps(self, steps: list[Step], contexts: dict[str, Any]) -> None:
        for step in steps:
            if not holds(step.condition, contexts, succeeded=self.succeeded):
                continue
            if step.run:
                self._script(step, contexts)
            else:
                self._action(step, contexts)

    # -- scripts ---------------------------------------------------------------------------------------------

    def _script(self, step: Step, contexts: dict[str, Any]) -> None:
        if step.name == _INSTALLS:
            self._told(step, "left out", said="what is installed here is used")
            return
        given = {
            name: filled(str(text), contexts) for name, text in (contexts.get("env", {}) | step.env).items()
        }
        script = self.temp / "script.sh"
        script.write_text(filled(step.run, contexts), encoding="utf-8")
        files = {name: self.temp / name.lower() for name in ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH")}
        summary = self.stage.folder / "summary.md"
        for each in (*files.values(), summary):
            each.touch()
        shell = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail"] if step.shell else ["bash", "-e"]
        begun = time.monotonic()
        done = subprocess.run(
            [*shell, str(script)],
            cwd=self.workspace / step.working_directory,
            env=self._environment(contexts)
            | {name: str(path) for name, path in files.items()}
            | {"GITHUB_STEP_SUMMARY": str(summary)}
            | given,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        text = done.stdout.decode(errors="replace")
        with (self.folder / "log.txt").open("a", encoding="utf-8") as log:
            log.write(f"-- {step.title}\n{text}")
        if step.id:
            self.steps[step.id] = {"outputs": _outputs(files["GITHUB_OUTPUT"].read_text("utf-8"))}
        files["GITHUB_OUTPUT"].unlink()
        self.succeeded &= done.returncode == 0
        said = "" if done.returncode == 0 else "\n".join(text.splitlines()[-_LAST:])
        outcome: Outcome = "failed" if done.returncode else "done"
        self._told(step, outcome, seconds=time.monotonic() - begun, said=said)

    def _environment(self, contexts: Mapping[str, Any]) -> dict[str, str]:
        """What a script finds around it: what is here, and what GitHub's runner says."""
        github = contexts["github"]
        path = os.pathsep.join([str(self.folder / "bin"), os.environ.get("PATH", os.defpath)])
        kept = {name: text for name, text in os.environ.items() if not name.startswith(("GITHUB_", "GH_"))}
        return kept | {
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(self.workspace),
            "PATH": path,
            "RUNNER_TEMP": str(self.temp),
            **{f"GITHUB_{name.upper()}": str(github[name]) for name in _TOLD},
        }

    # -- actions ---------------------------------------------------------------------------------------------

    def _action(self, step: Step, contexts: dict[str, Any]) -> None:
        name = step.uses.partition("@")[0]
        given = {key: filled(str(text), contexts) for key, text in step.given.items()}
        if name.startswith(("./", "$/")):
            self._own(name[2:], given, contexts)
        elif name == "actions/checkout":
            self._check_out(step, given, contexts)
        elif name in ("actions/upload-artifact", "actions/upload-pages-artifact"):
            self._upload(step, given)
        elif name == "actions/download-artifact":
            self._download(step, given)
        elif name in _LEFT:
            self._told(step, "left to GitHub")
        else:
            self._told(step, "left out", said="no action that is known here")

    def _own(self, path: str, given: Mapping[str, str], contexts: dict[str, Any]) -> None:
        """A composite action of the repository's own."""
        file = self.workspace / path / "action.yml"
        try:
            text = file.read_text("utf-8")
        except OSError as error:
            raise PublisherError(f"cannot be read: {error.strerror}", where=f"{path}/action.yml") from error
        action = action_of(read(text), f"{path}/action.yml")
        known = {name: str(about.get("default", "")) for name, about in action.inputs.items()}
        self._steps(action.steps, contexts | {"inputs": known | dict(given)})

    def _check_out(self, step: Step, given: Mapping[str, str], contexts: Mapping[str, Any]) -> None:
        ref = given.get("ref") or contexts["github"]["sha"]
        place = self.workspace / given.get("path", "")
        commands = (
            ["git", "clone", "--quiet", "--no-checkout", str(self.stage.remote), str(place)],
            ["git", "-C", str(place), "checkout", "--quiet", ref, "--"],
        )
        begun = time.monotonic()
        for command in commands:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                self.succeeded = False
                self._told(step, "failed", said=done.stderr.strip())
                return
        self._told(step, "done", seconds=time.monotonic() - begun)

    def _upload(self, step: Step, given: Mapping[str, str]) -> None:
        place = self.stage.folder / "artifacts" / given.get("name", "github-pages")
        place.mkdir(parents=True, exist_ok=True)
        paths = given.get("path", "").split("\n")
        found = [self.workspace / each.strip() for each in paths if each.strip()]
        found = [each for each in found if each.exists()]
        if not found and given.get("if-no-files-found") != "ignore" and "pages" in step.uses:
            self.succeeded = False
            self._told(step, "failed", said=f"there is no {given.get('path')}")
            return
        for each in found:
            if each.is_dir():
                inner = place if len(paths) == 1 else place / each.name
                shutil.copytree(each, inner, dirs_exist_ok=True)
            else:
                shutil.copyfile(each, place / each.name)
        self._told(step, "done")

    def _download(self, step: Step, given: Mapping[str, str]) -> None:
        source = self.stage.folder / "artifacts" / given.get("name", "")
        if not source.is_dir():
            self.succeeded = False
            self._told(step, "failed", said=f"no job has left an artifact {given.get('name')}")
            return
        shutil.copytree(source, self.workspace / given.get("path", ""), dirs_exist_ok=True)
        self._told(step, "done")

    def _told(self, step: Step, outcome: Outcome, *, seconds: float = 0.0, said: str = "") -> None:
        self.tell(Ran(job=self.name, title=step.title, outcome=outcome, seconds=seconds, said=said))


def _outputs(text: str) -> dict[str, str]:
    """What a script wrote as outputs, a line each: `name=value`."""
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line)
    return {name: value for name, _, value in pairs}
