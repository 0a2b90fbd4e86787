"""What a `.git/config` names is not started: each key that can name a program, by every command of ours."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from publisher.probe import checkout
from publisher.probe.git_guard import Guard, Setting, guard, may_name_programs, read_settings
from tests.conftest import ProjectFolder
from tests.factory import posix
from tests.tools import need

#: settings that name a program; `{}` is one that leaves a mark, named by what comes behind
TRAPS = {
    "core.fsmonitor": "{}",
    "core.sshCommand": "{}",
    "core.gitProxy": "{}",
    "core.askPass": "{}",
    "core.editor": "{}",
    "core.pager": "{}",
    "core.alternateRefsCommand": "{}",
    "sequence.editor": "{}",
    "gpg.program": "{}",
    "gpg.ssh.program": "{}",
    "gpg.openpgp.program": "{}",
    "gpg.x509.program": "{}",
    "gpg.ssh.defaultKeyCommand": "{}",
    "log.showSignature": "true",
    "commit.gpgSign": "true",
    "tag.gpgSign": "true",
    "push.gpgSign": "true",
    "diff.external": "{}",
    "diff.evil.command": "{}",
    "diff.evil.textconv": "{}",
    "filter.evil.clean": "{}; cat",
    "filter.evil.smudge": "{}; cat",
    "filter.evil.required": "true",
    "filter.long.process": "{}",
    "filter.a=b.clean": "{}; cat",
    "filter.a=b.required": "true",
    "merge.evil.driver": "{}",
    "merge.tool": "evil",
    "mergetool.evil.cmd": "{}",
    "difftool.evil.cmd": "{}",
    "interactive.diffFilter": "{}",
    "credential.helper": "!{}",
    "credential.https://example.org.helper": "!{}",
    "uploadpack.packObjectsHook": "{}",
    "remote.origin.uploadpack": "{}",
    "remote.origin.receivepack": "{}",
    "remote.vcs.vcs": "ext::{}",
    "trailer.sign.command": "{}",
    "trailer.sign.cmd": "{}",
    "alias.status": "!{}",
    "alias.rev-parse": "!{}",
    "alias.ls-files": "!{}",
    "pager.status": "{}",
    "pager.log": "{}",
    "protocol.ext.allow": "always",
    "protocol.allow": "always",
    "url.ext::{} .insteadOf": "https://example.org/",
    "submodule.inner.update": "!{}",
    "submodule.recurse": "true",
    "status.submoduleSummary": "true",
    "extensions.partialClone": "origin",
    "remote.origin.promisor": "true",
    "gc.auto": "1",
    "maintenance.auto": "true",
    "fetch.recurseSubmodules": "true",
    "lfs.extension.evil.clean": "{}; cat",
    "lfs.extension.evil.priority": "0",
    "annex.freezecontent-command": "{}",
    "annex.thawcontent-command": "{}",
}
HOOKS = (
    *(
        "applypatch-msg",
        "commit-msg",
        "fsmonitor-watchman",
        "post-applypatch",
        "post-checkout",
        "post-commit",
    ),
    *("post-index-change", "post-merge", "post-receive", "post-rewrite", "post-update", "pre-applypatch"),
    *(
        "pre-auto-gc",
        "pre-commit",
        "pre-merge-commit",
        "pre-push",
        "pre-rebase",
        "pre-receive",
        "prepare-commit-msg",
    ),
    *("proc-receive", "push-to-checkout", "reference-transaction", "sendemail-validate", "update"),
    *("freezecontent-annex", "thawcontent-annex", "pre-init-annex"),
)
COMMANDS: dict[str, Sequence[str]] = {
    "status": ("status",),
    "run": ("run", "-q", "--", "python", "sim.py", "params.json"),
    "run --commit": ("run", "-q", "--commit", "--", "python", "sim.py", "params.json"),
    "list": ("list",),
    "show": ("show", "latest"),
    "diff": ("diff", "latest", "first"),
    "which": ("which", "out.csv"),
    "check": ("check",),
    "verify": ("verify", "latest"),
    "verify --since": ("verify", "--since", "HEAD~1", "--no-record"),
    "verify --from": ("verify", "--from", ".", "--to", "../rerun", "--yes", "--environment", "current"),
    "build": ("build",),
    "changes": ("changes", "v1", "HEAD"),
    "edition build": ("edition", "build", "v1"),
    "edition publish": ("edition", "publish", "v1"),
    "edition publish --push": ("edition", "publish", "v2", "--push"),
    "edition list": ("edition", "list"),
    "setup": ("setup", "--check"),
    "export": ("export", "dockerfile", "../exported"),
    "about": ("about",),
    "init": ("init", "--github"),
}


def _lower(key: str) -> str:
    """A key as git prints it: section and name in lower case."""
    section, _, rest = key.partition(".")
    subsection, dot, variable = rest.rpartition(".")
    return f"{section.lower()}.{subsection}{dot}{variable.lower()}"


class Trapped(ProjectFolder):
    """A project whose `.git` names programs that leave marks, as a folder that somebody copied may."""

    def arm(self, marks: Path) -> None:
        """Set every trap, in the repository and in the one inside it."""
        self.marks = marks
        marks.mkdir()
        self.config = ""
        inner = self.root / "inner"
        shutil.copytree(self.root / ".git", inner / ".git")
        for place, name in ((self.root / ".git", "outer"), (inner / ".git", "inner")):
            with open(place / "config", "a") as config:
                config.write(self._traps(name))
            with open(place / "included", "w") as config:
                config.write(f'[filter "included"]\nclean = {self._script(f"{name} included")}; cat\n')
            (place / "hooks").mkdir(exist_ok=True)
            for hook in HOOKS:
                shutil.copy(self._script(f"{name} hook {hook}"), place / "hooks" / hook)
        self.disarmed = self._git_unguarded

    def _traps(self, name: str) -> str:
        text = "[include]\npath = included\n"
        for key, value in TRAPS.items():
            section, _, rest = key.partition(".")
            subsection, dot, variable = rest.rpartition(".")
            script = str(self._script(f"{name} {key}".replace("{}", "x").replace("/", "_")))
            quoted = subsection.format(script) if "{}" in subsection else subsection
            head = f'[{section} "{quoted}"]' if dot else f"[{section}]"
            text += f'{head}\n{variable} = "{value.format(script)}"\n'
        return text

    def _script(self, name: str) -> Path:
        name = "".join(each if each.isalnum() or each in "-._=" else "_" for each in name)
        script = self.marks.parent / "scripts" / name
        script.parent.mkdir(exist_ok=True)
        script.write_text(f'#!/bin/sh\necho x >> "{self.marks}/{name}"\n')
        script.chmod(0o755)
        return script

    def _git_unguarded(self, *words: str) -> None:
        # The filter of a long process would end git before it comes to the others.
        subprocess.run(["git", "-c", "filter.long.process=", *words], cwd=self.root, capture_output=True)

    def sprung(self) -> list[str]:
        """The traps that were sprung since they were last asked for."""
        found = sorted(path.name for path in self.marks.iterdir())
        for name in found:
            (self.marks / name).unlink()
        return found


SIM = "import json, sys; open('out.csv', 'w').write(str(json.load(open(sys.argv[1]))['a']))\n"


@pytest.fixture
def trapped(home: Path, tmp_path: Path) -> Trapped:
    """A project with two recorded runs, two tags, changed files, an embedded repository, and then all traps."""
    project = Trapped(tmp_path / "study")
    project.write_files(
        {
            "publisher.yml": "steps:\n  sim:\n    command: python sim.py params.json\n    outputs: [out.csv]\n",
            "sim.py": SIM,
            "params.json": '{"a": 1}\n',
            ".gitmodules": '[submodule "inner"]\n\tpath = inner\n\turl = ./inner\n',
            ".gitignore": "out.csv\nsite/\n.publisher/\n",
            **{
                f"{name}.dat": f"{name}\n"
                for name in ("evil", "long", "equals", "included", "plain", "lfs", "annex")
            },
            ".gitattributes": "evil.dat filter=evil diff=evil\nlong.dat filter=long\nequals.dat filter=a=b\n"
            "included.dat filter=included\nlfs.dat filter=lfs\nannex.dat filter=annex\n*.py diff=evil\n",
        }
    )
    project.commit("first")
    assert project.publisher("run", "-q", "--label", "first", "sim").returncode == 0
    project.commit("with its record", params_json='{"a": 2}\n')
    project.git("tag", "v1")
    assert project.publisher("run", "-q", "sim").returncode == 0
    project.commit("with its second record")
    project.git("tag", "v2")
    remote = tmp_path / "remote.git"
    subprocess.run(["git", "init", "-q", "--bare", str(remote)], check=True)
    project.git("remote", "add", "origin", str(remote))
    project.git("push", "-q", "origin", "main")
    project.git("update-index", "--add", "--cacheinfo", f"160000,{project.git('rev-parse', 'HEAD')},inner")
    project.arm(tmp_path / "marks")
    # Copied: the times that git remembers are no longer those of the files, so it has to look into them.
    for path in project.root.glob("*.*"):
        os.utime(path, (1_700_000_000, 1_700_000_000))
    for name in ("evil", "long", "equals", "included", "plain"):
        (project.root / f"{name}.dat").write_text(f"{name.upper()}\n")  # of the same size
        (project.root / "inner" / f"{name}.dat").write_text(f"{name.upper()}\n")
    shutil.copy(project.root / ".gitattributes", project.root / "inner" / ".gitattributes")
    return project


@posix
def test_the_traps_would_be_sprung(trapped: Trapped) -> None:
    trapped.disarmed("status")
    trapped.disarmed("-c", "core.fsmonitor=false", "status", "--ignore-submodules=all")
    trapped.disarmed("diff", "--", "plain.dat")
    trapped.disarmed("add", "plain.dat")
    trapped.disarmed("ls-remote", "origin")
    expected = (
        "core.fsmonitor filter.evil.clean filter.a=b.clean hook_post-index-change remote.origin.uploadpack"
    )
    assert {f"outer_{each}" for each in expected.split()} <= set(trapped.sprung())


@posix
def test_no_command_springs_a_trap(trapped: Trapped) -> None:
    found = {}
    for name, words in COMMANDS.items():
        done = trapped.publisher(*words)
        assert "mistake of publisher" not in done.stderr, (name, done.stderr)
        if sprung := trapped.sprung():
            found[name] = sprung
    assert found == {}


@posix
def test_no_trap_is_sprung_in_a_bare_repository_that_a_clone_brings(
    project: ProjectFolder, tmp_path: Path
) -> None:
    mark = tmp_path / "mark"
    folder = project.root / "data"
    subprocess.run(["git", "init", "-q", "--bare", str(folder)], check=True)
    script = tmp_path / "script"
    script.write_text(f"#!/bin/sh\ntouch '{mark}'\n")
    script.chmod(0o755)
    subprocess.run(["git", "config", "core.bare", "false"], cwd=folder, check=True)
    subprocess.run(["git", "config", "core.worktree", ".."], cwd=folder, check=True)
    subprocess.run(["git", "config", "core.fsmonitor", str(script)], cwd=folder, check=True)
    (folder / "sim.py").write_text("print(1)\n")
    for words in (("run", "-q", "--", "python", "sim.py"), ("status",), ("verify", "latest")):
        project.publisher(*words, cwd=folder)
    assert not mark.exists()


@posix
def test_a_working_tree_elsewhere_is_not_recorded(project: ProjectFolder, tmp_path: Path) -> None:
    (tmp_path / "private").mkdir()
    (tmp_path / "private" / "diary.txt").write_text("of nobody's concern\n")
    project.commit(sim_py="print(1)\n")
    project.git("config", "core.worktree", str(tmp_path / "private"))
    project.publisher("run", "-q", "--", "python", "sim.py")
    record = project.record()
    assert record["code"]["version_control"] == "unknown" and "core.worktree" in str(record["problems"])
    assert not any(b"concern" in path.read_bytes() for path in project.root.glob("records/artifacts/**/*.*"))


@posix
def test_what_a_filter_that_is_not_run_would_change_is_said(trapped: Trapped) -> None:
    trapped.publisher("run", "-q", "--", "python", "sim.py", "params.json")
    problems = "\n".join(trapped.record()["problems"])
    assert "filter" in problems and "`evil.dat`" in problems and "`plain.dat`" not in problems
    assert "plain.dat" in trapped.record()["code"]["changed"]


# -- Git LFS and git-annex, the real ones ------------------------------------------------------------------------


@posix
def test_an_lfs_file_is_no_change_with_filters_as_lfs_writes_them(project: ProjectFolder) -> None:
    need("git-lfs")
    project.git("lfs", "install", "--local")
    project.write_files(
        {".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n", "data.bin": b"0" * 5000}
    )
    project.commit(sim_py="print(1)\n")
    os.utime(project.root / "data.bin", (1_700_000_000, 1_700_000_000))
    assert project.publisher("run", "-q", "--", "python", "sim.py").returncode == 0
    record = project.record()
    assert "changed" not in record["code"] and "problems" not in record
    (project.root / "data.bin").write_bytes(b"1" * 5000)
    assert project.publisher("run", "-q", "--", "python", "sim.py").returncode == 0
    assert project.record()["code"]["changed"] == ["data.bin"]


@posix
def test_an_annexed_file_is_no_change_with_filters_as_annex_writes_them(project: ProjectFolder) -> None:
    need("git-annex")
    project.commit(sim_py="print(1)\n")
    project.git("annex", "init", "here")
    project.git("config", "annex.largefiles", "include=*.bin")
    (project.root / "data.bin").write_bytes(b"0" * 5000)
    project.git("annex", "add", "data.bin")
    project.git("annex", "unlock", "data.bin")
    project.commit("annexed")
    os.utime(project.root / "data.bin", (1_700_000_000, 1_700_000_000))
    assert project.publisher("run", "-q", "--", "python", "sim.py").returncode == 0
    record = project.record()
    assert "changed" not in record["code"] and "problems" not in record


@posix
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("filter.lfs.clean", "git-lfs clean -- %f | {script}"),
        ("filter.lfs.process", "{script}"),
        ("lfs.extension.evil.clean", "{script}"),
    ],
)
def test_lfs_is_not_run_with_a_word_added(
    key: str, value: str, project: ProjectFolder, tmp_path: Path
) -> None:
    need("git-lfs")
    mark, script = tmp_path / "mark", tmp_path / "script"
    script.write_text(f"#!/bin/sh\ntouch '{mark}'\ncat\n")
    script.chmod(0o755)
    project.git("lfs", "install", "--local")
    project.write_files({".gitattributes": "*.bin filter=lfs -text\n", "data.bin": b"0" * 5000})
    project.commit(sim_py="print(1)\n")
    project.git("config", "--unset", "filter.lfs.process")
    project.git("config", key, value.format(script=script))
    if "extension" in key:
        project.git("config", "lfs.extension.evil.smudge", "cat")
        project.git("config", "lfs.extension.evil.priority", "0")
    (project.root / "data.bin").write_bytes(b"1" * 5000)
    subprocess.run(["git", "status"], cwd=project.root, capture_output=True, timeout=60)
    assert mark.exists(), "the trap is none"
    mark.unlink()
    project.publisher("run", "-q", "--", "python", "sim.py")
    assert not mark.exists()
    assert "`data.bin`" in str(project.record()["problems"])


@pytest.mark.parametrize(
    "key", [key for key in TRAPS if guard([Setting("local", _lower(key), "evil")]) != Guard()]
)
def test_no_setting_that_names_a_program_is_passed_over(key: str) -> None:
    section, _, rest = key.partition(".")
    subsection, dot, variable = rest.rpartition(".")
    for head in (
        f'[{section.upper()} "{subsection}"]' if dot else f"[{section}]",
        f"[{section}.{subsection}]",
    ):
        assert may_name_programs(f"{head}\n\t{variable.title()}=x\n".encode())
    assert not may_name_programs(
        b'[core]\n\tbare = false\n[remote "origin"]\n\turl = https://example.org/a.git\n'
    )


def test_what_includes_another_file_is_looked_into() -> None:
    assert may_name_programs(b"[Include]\npath = x") and may_name_programs(
        b'[includeIf "gitdir:~/"]\npath = x'
    )


# -- what git is told --------------------------------------------------------------------------------------------


def test_a_setting_of_the_user_holds_in_place_of_one_of_the_repository() -> None:
    settings = read_settings("global\0core.sshcommand\nssh -i mine\0local\0core.sshcommand\nevil\0")
    assert guard(settings).settings == [("core.sshcommand", "ssh -i mine")]


def test_helpers_of_the_user_are_asked_and_no_others() -> None:
    settings = [
        Setting("global", "credential.helper", "store"),
        Setting("local", "credential.helper", "!evil"),
        Setting("local", "credential.https://example.org.helper", "!evil"),
        Setting("global", "credential.https://example.org.helper", "cache"),
    ]
    assert guard(settings).settings == [
        ("credential.helper", ""),
        ("credential.https://example.org.helper", ""),
        ("credential.helper", "store"),
        ("credential.https://example.org.helper", "cache"),
    ]


def test_settings_of_the_variables_stay_and_ours_come_behind() -> None:
    found = guard([Setting("local", "core.sshcommand", "evil")])
    told = found.environment({"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "a.b", "GIT_CONFIG_VALUE_0": "c"})
    assert (told["GIT_CONFIG_COUNT"], told["GIT_CONFIG_KEY_1"]) == ("2", "core.sshcommand")


def test_a_repository_without_programs_needs_nothing() -> None:
    settings = [Setting("local", "core.bare", "false"), Setting("global", "filter.lfs.clean", "anything")]
    assert guard(settings).environment({"A": "1"}) == {"A": "1"}


# -- what a program writes into its checkout ---------------------------------------------------------------------


@posix
def test_settings_that_a_program_left_in_its_checkout_start_nothing(
    project: ProjectFolder, tmp_path: Path
) -> None:
    project.commit(data_csv="1\n")
    lines = project.git("cat-file", "commit", "HEAD").partition("\n\n")
    signature = "gpgsig -----BEGIN PGP SIGNATURE-----\n \n eA==\n -----END PGP SIGNATURE-----"
    signed = subprocess.run(
        ["git", "hash-object", "-t", "commit", "-w", "--stdin"],
        input=f"{lines[0]}\n{signature}\n\n{lines[2]}\n".encode(),
        cwd=project.root,
        capture_output=True,
        check=True,
    )
    commit = signed.stdout.decode().strip()
    mark, script = tmp_path / "mark", tmp_path / "script"
    script.write_text(f"#!/bin/sh\ntouch '{mark}'\n")
    script.chmod(0o755)
    place = checkout.check_out(checkout.source_at(project.root), commit, tmp_path / "place")
    for key, value in (
        ("log.showSignature", "true"),
        ("gpg.program", str(script)),
        ("core.fsmonitor", str(script)),
    ):
        subprocess.run(["git", "config", key, value], cwd=place.top, check=True)
    subprocess.run(["git", "log"], cwd=place.top, check=True, capture_output=True)
    assert mark.exists(), "the trap is none"
    mark.unlink()
    assert list(checkout.contents(place.top, "data.csv", 2, [commit])) == [b"1\n"]
    assert not mark.exists()
