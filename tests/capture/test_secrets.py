"""Credentials planted wherever people leave them do not reach `records/`: real runs, one project, then one search."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ProjectFolder
from tests.support.planted import (
    FILES,
    LOGS,
    Secret,
    flag,
    one_line,
    secrets,
    special,
    tell_tales,
)

SAYS_ALL = "import sys, json\nfor path, stream in (('out.txt', sys.stdout), ('err.txt', sys.stderr)):\n    stream.write(open(path).read())\n"


class Plantation:
    """A project, and what was planted in it: by place and kind, with a seed of its own for each place."""

    def __init__(self, project: ProjectFolder) -> None:
        self.project = project
        self.planted: dict[tuple[str, str], list[str]] = {}
        self._seed = 1000

    def fresh(self, place: str, *, only_forms: bool = False, bare: bool = False) -> list[Secret]:
        """Credentials of every kind for one place.

        Args:
            place: Its name.
            only_forms: Those that nothing but their form gives away.
            bare: Those that nothing gives away there.
        """
        self._seed += 1
        found = [each for each in secrets(self._seed) if each.form != bare or not (only_forms or bare)]
        for each in found:
            self.planted[place, each.kind] = tell_tales(each)
        return found

    def one(self, place: str, value: str) -> str:
        """A single credential in a place of its own."""
        self.planted[place, "one"] = [value]
        return value

    def run(self, *words: str, env: dict[str, str] | None = None) -> None:
        """One run in the project, whatever comes of the program."""
        self.project.publisher("run", "-q", *words, env=env)

    def leaked(self) -> Iterator[tuple[str, str]]:
        """Place and kind of what is found again."""
        files = [path for path in (self.project.root / "records").rglob("*") if path.is_file()]
        data = b"\n".join(str(path).encode() + b"\n" + path.read_bytes() for path in files)
        for (place, kind), parts in self.planted.items():
            if any(part.encode() in data for part in parts):
                yield place, kind


def usable_in_a_name(secret: Secret) -> bool:
    """Whether a file or a branch can be called so."""
    return not set(secret.text) & set("/\n :~^?*[\\@{")


@pytest.fixture
def plantation(project: ProjectFolder) -> Plantation:
    """A project with programs; nothing planted yet."""
    project.commit(
        sim_py=SAYS_ALL,
        use_py="print(1)\n",
        params_json="{}\n",
        params_yml="a: 1\n",
        _gitignore="out.txt\nerr.txt\nparams*\n.env\n",
    )
    return Plantation(project)


def test_what_programs_print_is_masked_by_name_and_by_form(plantation: Plantation) -> None:
    for place, make in LOGS.items():
        kept = plantation.fresh(place)
        for path in ("out.txt", "err.txt"):
            (plantation.project.root / path).write_text("".join(map(make, kept)))
        plantation.run("--", "python", "sim.py")
    assert list(plantation.leaked()) == []


def test_what_secret_variables_hold_is_masked_wherever_it_stands(plantation: Plantation) -> None:
    project = plantation.project
    held = {
        each.name.upper(): each
        for each in plantation.fresh("printed bare")
        if "_url" not in each.name.lower()
    }
    held = {name: each for name, each in held.items() if "DATABASE" not in name and "URI" not in name}
    program = (
        "import os, sys, base64, json, urllib.parse\n"
        f"for name in {sorted(held)!r}:\n"
        "    value = os.environ[name]\n"
        "    print('it is', value); print(json.dumps([value])); print(repr(value), file=sys.stderr)\n"
        "    print(urllib.parse.quote(value, safe='')); print(base64.b64encode(value.encode()).decode())\n"
        "open('m-' + os.environ['DB_PASS'] + '.txt', 'w').write('x')\n"
    )
    project.commit(leak_py=program)
    plantation.run("-r", f"with {held['DB_PASS'].text}", "--", "python", "leak.py", held["DB_PASS"].text,
                   env={name: each.text for name, each in held.items()})  # fmt: skip
    plantation.planted = {
        (place, kind): parts
        for (place, kind), parts in plantation.planted.items()
        if kind in {each.kind for each in held.values()}
    }
    assert len(plantation.planted) > 30
    assert list(plantation.leaked()) == []
    record = project.record()
    assert [each["path"] for each in record["outputs"]] == ["m-(masked).txt"]
    assert "the name of a file holds what looks like a credential" in " ".join(record["problems"])


def test_command_lines_are_masked(plantation: Plantation) -> None:
    for place, words in (
        ("--flag value", lambda s: [flag(s), s.text]),
        ("--flag=value", lambda s: [f"{flag(s)}={s.text}"]),
        ("name=value", lambda s: [f"{s.name}={s.text}"]),
    ):
        plantation.run("--", "true", *[word for each in plantation.fresh(place) for word in words(each)])
    plantation.run("--", "true", *[each.text for each in plantation.fresh("bare argument", only_forms=True)])
    every: list[str] = []
    for number, (place, _) in enumerate(special("")):
        password = secrets(5000 + number)[-1].value
        plantation.one(f"special: {place}", password)
        every += [*dict(special(password))[place], ";"]
    plantation.run("--", "true", *every)
    assert list(plantation.leaked()) == []


def test_parameters_are_masked(plantation: Plantation) -> None:
    root = plantation.project.root
    kept = plantation.fresh("JSON, natural name")
    (root / "params.json").write_text(json.dumps({"n": 3, "login": {each.name: each.text for each in kept}}))
    plantation.run("--", "python", "use.py", "params.json")
    kept = plantation.fresh("YAML, natural name")
    (root / "params.yml").write_text("n: 3\n" + "".join(f"{s.name}: {json.dumps(s.text)}\n" for s in kept))
    plantation.run("--", "python", "use.py", "params.yml")
    kept = plantation.fresh("JSON, another name", only_forms=True)
    (root / "params.json").write_text(
        json.dumps({"n": 3, "x": {f"x{n}": s.text for n, s in enumerate(kept)}})
    )
    plantation.run("--", "python", "use.py", "params.json")
    (root / "params.json").write_text(json.dumps({"db": {"password": "x"}, "n": 1}))
    override = plantation.one("override", secrets(6000)[-1].value)
    plantation.run("-p", f"db.password={override}", "--", "python", "use.py", "params.json")
    assert list(plantation.leaked()) == []
    assert plantation.project.record()["parameters"]["values"] == {"db": {"password": "(masked)"}, "n": 1}


def test_patches_are_masked_in_every_kind_of_file(plantation: Plantation) -> None:
    root = plantation.project.root
    for number, (name, make) in enumerate(FILES.items()):
        path = f"d{number}/{name}"
        plantation.project.write_files({path: "".join(map(make, plantation.fresh(f"new {name}")))})
    plantation.run("--", "true")
    plantation.project.commit()
    for number, (name, make) in enumerate(FILES.items()):
        kept = plantation.fresh(f"changed {name}")
        (root / f"d{number}/{name}").write_text("".join(map(make, kept)))
    # What was committed is the user's own; the patch shows it as removed lines, and masks it as well.
    plantation.run("--", "true")
    for name in (".envrc", "id_ed25519", "sa.json"):
        (root / name).write_text(
            "".join(f"{s.name}={s.text}\n" for s in plantation.fresh(f"untracked {name}"))
        )
    plantation.run("--", "true")
    assert list(plantation.leaked()) == []


def test_names_words_and_addresses_are_masked(plantation: Plantation) -> None:
    project = plantation.project
    kept = plantation.fresh("reason", only_forms=True)
    plantation.run("-r", " ".join(each.text for each in kept), "--", "true")
    seed = iter(range(7000, 7100))

    def token(place: str) -> str:
        return plantation.one(
            place, next(each for each in secrets(next(seed)) if each.kind == "GitHub ghp").value
        )

    project.git("checkout", "-q", "-b", f"fix-{token('branch')}")
    program = (
        f"import json\nopen('out-{token('file name')}.csv', 'w').write('1')\n"
        f"json.dump({{'{token('metric')}': 1.5, 'b': 2}}, open('metrics.json', 'w'))\n"
    )
    project.commit(make_py=program)
    jobs = {
        "SLURM_JOB_ID": "7",
        "SLURM_JOB_NAME": f"job-{token('SLURM name')}",
        "PBS_JOBNAME": token("PBS name"),
    }
    plantation.run("-t", token("tag"), "--label", token("label"), "-r", f"password={plantation.one('reason by name', 'orchid47!x')}",
                   "--", "python", "make.py", env=jobs)  # fmt: skip
    for number, address in enumerate(
        ("https://{0}@github.com/a/b.git", "https://ada:{0}@example.org/b", "https://oauth2:{0}@gitlab.com/a/b", "ssh://ada:{0}@h:22/b",
         "https://example.org/b?access_token={0}", "https://example.org/b?private_token={0}", "ada:{0}@example.org:b")
    ):  # fmt: skip
        secret = plantation.one(f"remote {number}", secrets(8000 + number)[11].value[-40:])
        project.git("config", "remote.origin.url", address.format(secret))
        plantation.run("--", "true")
    assert list(plantation.leaked()) == []
    record = project.record()
    assert record["code"]["branch"].startswith("fix-(masked)")


def test_annotations_are_masked(plantation: Plantation) -> None:
    plantation.run("--", "true")
    password = plantation.one("annotation", secrets(9000)[-1].value)
    told = ["--note", f"db_pass={password}", "--outcome", f"password: {password}", "-t", f"token={password}"]
    plantation.project.publisher("annotate", "latest", *told)
    assert list(plantation.leaked()) == []
    assert "(masked)" in plantation.project.records()[-1].read_text()


def test_small_numbers_and_words_are_not_masked_and_a_run_with_them_can_be_verified(
    project: ProjectFolder,
) -> None:
    project.commit(
        sim_py="import sys, json\nprint(sys.argv, open('p.json').read())\n",
        p_json='{"token": 5, "secret": 3, "auth": "none", "password": null, "pass": true, "pad_token": "<pad>"}\n',
    )
    words = [
        "--token",
        "3",
        "token=5",
        "model.secret=3",
        "--pad-token",
        "x<pad>",
        "--auth",
        "none",
        "key=ab12cd34ef56",
    ]
    project.publisher("run", "--", "python", "sim.py", *words)
    record = project.record()
    assert record["command"][2:] == words
    project.publisher("run", "-p", "token=7", "--verbatim", "--", "python", "sim.py", "p.json")
    record = project.record()
    assert record["parameters"]["values"]["token"] == 7 and record["parameters"]["given"]
    assert "problems" not in record
    done = project.publisher("verify", "--all")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_kept_output_that_holds_a_credential_is_not_kept(project: ProjectFolder) -> None:
    project.commit(
        sim_py="import json, sys\njson.dump({'a': 1.5, 'x': sys.stdin.read()}, open('metrics.json', 'w'))\n"
    )
    token = next(each for each in secrets(1) if each.kind == "GitHub ghp").value
    project.publisher("run", "--", "python", "sim.py", input=token)
    record = project.record()
    assert record["problems"] == ["metrics.json holds what looks like a credential: no copy of it is kept"]
    assert "artifact" not in record["outputs"][0] and record["metrics"] == {"a": 1.5}


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_signal_during_the_masking_of_a_long_log_ends_it_and_the_record_is_kept(
    project: ProjectFolder,
) -> None:
    project.commit(
        sim_py="import sys\nfor _ in range(48): sys.stdout.write('key-abcde = 12345 ' * 58000 + '\\n')\n",
        publisher_yml="limits: {log: 64 MiB}\n",
    )
    command = [sys.executable, "-m", "publisher", "run", "--", "python", "sim.py"]
    with subprocess.Popen(
        command, cwd=project.root, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as run:
        assert run.stdout is not None
        run.stdout.read(48 * (18 * 58000 + 1))  # what the program says; behind it publisher holds the stream
        time.sleep(0.5)
        assert run.poll() is None, "the log is still being masked"
        os.kill(run.pid, signal.SIGTERM)
        run.stdout.read()
    record = project.record()
    assert record["status"] != "running" and record["log"]["truncated"] is True
    digest = record["log"]["stdout"].removeprefix("sha256:")
    (path,) = project.root.glob(f"records/artifacts/{digest[:2]}/{digest}*")
    assert "masking was interrupted" in path.read_text()[-200:]


def counts(plantation: Plantation) -> tuple[Counter[str], Counter[str]]:
    """How many were planted and found, by place; for whoever wants the figures."""
    planted = Counter(place for place, _ in plantation.planted)
    return planted, Counter(place for place, _ in plantation.leaked())


def test_a_value_that_nothing_gives_away_stays(plantation: Plantation) -> None:
    """What the documentation says: forty hex digits under no name are a commit, and nobody can tell."""
    kept = plantation.fresh("bare", bare=True)
    plantation.run("--", "true", *[each.text for each in kept])
    planted, found = counts(plantation)
    assert planted["bare"] == len(kept) and found["bare"] > 0
    assert one_line(kept[0]) and Path(plantation.project.root).is_dir()
