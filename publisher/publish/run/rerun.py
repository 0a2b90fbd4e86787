"""The commands that repeat a run, for a person to copy. Pure."""

from __future__ import annotations

from msgspec import Struct

from publisher.model.environment import Environment
from publisher.model.project import Settings
from publisher.model.record import Record
from publisher.publish import words
from publisher.publish.hosting import clone_address, web_address
from publisher.publish.listing import visible
from publisher.publish.run.equipping import data_commands, environment_commands, lock_of


class Kept(Struct, frozen=True, kw_only=True):
    """A kept copy that the site holds."""

    address: str
    place: str  #: of the copy in the repository, relative to the project
    source: str = ""  #: address of the original as text, where `address` is that of a sanitised copy
    sanitised: str = ""  #: SHA-256 of that copy; empty when there is none

    @property
    def original(self) -> str:
        """The address at which every byte is as the run wrote it."""
        return self.source or self.address


def commands_to_rerun(
    record: Record,
    patch: Kept | None,
    prefix: str,
    published: str = "",
    *,
    environment: Environment | None = None,
    settings: Settings | None = None,
) -> tuple[list[str], list[str]]:
    """The commands that repeat a run, and what is to be known beside them.

    Args:
        record: The run.
        patch: The kept copy of the patch, when there is one.
        prefix: Folders from the top of the repository to the project, with `/` at the end; or empty.
        published: Where the paper says that its code is; taken when the record names no remote.
        environment: What the run saw around it; None when that is not known.
        settings: What `publisher.yml` says of environment and data.
    """
    settings = settings or Settings()
    code, notes = record.code, list[str]()
    lines: list[str] = []
    repository = clone_address(code.repository)
    if not repository and code.commit and web_address(published):
        repository = web_address(published)
        notes.append("The record names no remote; this is the repository that the paper names.")
    if repository and code.commit:
        folder = repository.rstrip("/").removesuffix(".git").rpartition("/")[2].rpartition(":")[2]
        lines += [words.command(["git", "clone", repository]), words.command(["cd", folder or "."])]
    elif code.commit:
        notes.append("The record names no remote: start in a clone of the repository.")
    else:
        notes.append("No commit is known for this run, so its code cannot be fetched exactly.")
    if code.commit:
        lines.append(words.command(["git", "checkout", code.commit]))
    if code.patch and patch:
        source = f"origin/HEAD:{prefix}{patch.place}"
        apply = words.command(["git", "show", source]) + " | git apply"
        lines.append(apply if repository else words.command(["git", "apply", patch.place]))
        notes.append("The code was not exactly this commit; the patch above adds what was different.")
    elif code.changed:
        notes.append("The code was not exactly this commit, and the difference was not kept whole.")
    made, note = environment_commands(record, environment, lock_of(environment, settings.environment))
    fetched, missing = data_commands(record.inputs, settings.data)
    notes += [each for each in (note, *missing) if each]
    start = [prefix.rstrip("/"), "" if record.step else record.directory or ""]
    if made or fetched:  # in the project's folder, which is that of their files
        lines += [words.command(["cd", start[0]])] if start[0] else []
        lines += made + fetched
        start[0] = ""
    if any(start):
        lines.append(words.command(["cd", "/".join(filter(None, start))]))
    overrides = record.parameters.overrides if record.parameters else {}
    stands = {word.partition("=")[0] for word in record.command if "=" in word}  # in the command already
    typed = set() if record.step else stands
    told = [f"{name}={words.typed(found)}" for name, found in overrides.items() if name not in typed]
    if record.step:
        lines.append(words.command(["publisher", "run", record.step, *told]))
    else:
        options = [word for each in told for word in ("-p", each)]
        lines.append(words.command(["publisher", "run", *options, "--", *record.command]))
    return [visible(line) for line in lines], [visible(note) for note in notes]
