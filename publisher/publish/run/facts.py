"""The tables of facts on a run's page: its code, its process, its environment. Pure."""

from __future__ import annotations

from msgspec import Struct

from publisher.errors import one_of
from publisher.model.environment import Environment
from publisher.model.record import Code, Record
from publisher.publish import words
from publisher.publish.hosting import commit_page, file_page, web_address
from publisher.publish.listing import visible

MOST_SOURCES = 6  #: of the code that are named


class Fact(Struct, frozen=True, kw_only=True):
    """A name and what it says."""

    name: str
    shown: str
    exact: str = ""  #: for the title, when `shown` is shortened
    link: str = ""  #: http or https, or empty
    code: bool = False  #: set in the type of code
    rest: str = ""  #: words behind it


def metric_fact(name: str, found: float) -> Fact:
    """A metric, with all its digits for who asks."""
    shown, exact = words.number(found), repr(found)
    return Fact(
        name=visible(name), shown=shown, exact="" if exact == shown or float(shown) == found else exact
    )


def code_facts(code: Code, published: str = "") -> list[Fact]:
    """Which version of the code ran, with links to where it can be seen.

    Args:
        code: As recorded.
        published: Where the paper says that its code is; taken when the record names no remote.
    """
    place = code.repository or published
    if code.version_control != "git":
        why = "none" if code.version_control == "none" else "git did not answer"
        return [Fact(name="version control", shown=f"{why}: which code ran is not known")]
    facts: list[Fact] = []
    if code.repository or web_address(published):
        link = web_address(place) or ""
        rest = "" if code.repository else "by the paper's word"
        facts.append(Fact(name="repository", shown=visible(link or place), link=link, rest=rest))
    if code.commit:
        link = commit_page(place, code.commit) or ""
        facts.append(Fact(name="commit", shown=visible(code.commit), link=link, code=True))
    else:
        facts.append(Fact(name="commit", shown="none yet when it ran"))
    branch = visible(code.branch) if code.branch else "none (detached HEAD)"
    facts.append(Fact(name="branch", shown=branch, code=bool(code.branch)))
    if code.main_file:
        link = file_page(place, code.commit, code.main_file) or ""
        facts.append(Fact(name="main file", shown=visible(code.main_file), link=link, code=True))
    if others := [each for each in code.sources if each != code.main_file]:
        facts.append(Fact(name="read with it", shown=visible(one_of(others, most=MOST_SOURCES)), code=True))
    if code.swhid and code.swhid != f"swh:1:rev:{code.commit}":
        facts.append(Fact(name="SWHID", shown=visible(code.swhid), code=True))
    if code.object_format:
        facts.append(Fact(name="object format", shown=visible(code.object_format)))
    if code.superproject:
        facts.append(Fact(name="superproject at", shown=visible(code.superproject), code=True))
    kind = [word for word, so in (("shallow", code.shallow), ("linked worktree", code.linked_worktree)) if so]
    if kind:
        facts.append(Fact(name="clone", shown=", ".join(kind)))
    return facts


def process_facts(record: Record) -> list[Fact]:
    """How the program ran and what it used."""
    facts: list[Fact] = []
    if record.directory:
        facts.append(Fact(name="started in", shown=visible(record.directory), code=True))
    used = record.resources
    if used and used.cpu_time is not None:
        exact = words.exactly(used.cpu_time)
        facts.append(Fact(name="CPU time", shown=words.duration(used.cpu_time), exact=exact))
    if used and used.peak_memory is not None:
        exact = f"{words.plural(used.peak_memory, 'byte')}, the largest process"
        facts.append(Fact(name="peak memory", shown=words.size(used.peak_memory), exact=exact))
    if used and used.processes is not None:
        facts.append(Fact(name="Python processes", shown=str(used.processes)))
    if used and used.cores is not None:
        facts.append(Fact(name="cores allowed", shown=str(used.cores)))
    if record.exit_code:
        facts.append(Fact(name="exit code", shown=str(record.exit_code)))
    if record.signal:
        facts.append(Fact(name="ended by", shown=visible(record.signal)))
    if record.received:
        facts.append(Fact(name="received", shown=visible(", ".join(record.received))))
    if record.launch.mode != "serial":
        asked = (
            f", {words.plural(record.launch.processes, 'process', 'processes')}"
            if record.launch.processes
            else ""
        )
        facts.append(Fact(name="launched", shown=f"with {record.launch.mode.upper()}{asked}"))
    facts += [Fact(name=visible(n), shown=visible(v)) for n, v in record.launch.batch.items()]
    return facts


def environment_facts(environment: Environment) -> list[Fact]:
    """What an environment's page says above its packages."""
    system = environment.system
    facts = [Fact(name="system", shown=visible(f"{system.name} {system.release} ({system.machine})"))]
    named = {"distribution": system.distribution, "host": system.hostname, "processor": system.cpu}
    facts += [Fact(name=name, shown=visible(text)) for name, text in named.items() if text]
    if system.cores is not None:
        facts.append(Fact(name="cores", shown=str(system.cores)))
    if system.memory is not None:
        facts.append(
            Fact(name="memory", shown=words.size(system.memory), exact=words.plural(system.memory, "byte"))
        )
    if environment.python:
        python = environment.python
        facts.append(Fact(name="Python", shown=visible(f"{python.implementation} {python.version}")))
    facts += [
        Fact(name="lock file", shown=visible(n), rest=visible(f"SHA-256 {d}"), code=True)
        for n, d in environment.locks.items()
    ]
    return facts
