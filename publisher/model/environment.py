"""The software and the system that a run saw. Shared between runs by its content."""

from __future__ import annotations

import re

from msgspec import Struct, field

from publisher.model.record import Count

SCHEMA = 1


def normalised(name: str) -> str:
    """A package's name as PyPI compares names: `Ruamel_Yaml` and `ruamel.yaml` are `ruamel-yaml`."""
    return re.sub(r"[-_.]+", "-", name).lower()


class Python(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The interpreter that ran the program, not ours."""

    implementation: str
    version: str
    packages: dict[str, str] = field(default_factory=dict)  #: normalised name -> version, as installed


class System(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The machine, as far as a result may depend on it."""

    name: str  #: Linux, Darwin, Windows
    release: str
    machine: str  #: x86_64, arm64 …
    distribution: str | None = None
    hostname: str | None = None  #: only when the project's privacy settings ask for it
    cpu: str | None = None
    cores: Count | None = None  #: logical processors of the machine
    memory: Count | None = None  #: bytes


class Environment(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything around the program that its author did not write."""

    schema: int
    system: System
    python: Python | None = None  #: None when no Python ran
    locks: dict[str, str] = field(default_factory=dict)  #: lock file -> SHA-256 of it
    variables: dict[str, str] = field(default_factory=dict)  #: those of an allow-list
