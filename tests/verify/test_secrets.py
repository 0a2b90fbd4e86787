"""Credentials reach neither a verification nor what is kept for it."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import ProjectFolder
from tests.support.planted import secrets

PASSWORD = secrets(21)[-1].value
LOGIN = next(each for each in secrets(21) if each.kind == "login in URL")


def below_records(project: ProjectFolder) -> bytes:
    """Every byte that is committed."""
    files = (path for path in (project.root / "records").rglob("*") if path.is_file())
    return b"\n".join(str(path).encode() + path.read_bytes() for path in files)


def verification(project: ProjectFolder) -> str:
    """The text of the only verification."""
    (path,) = project.root.glob("records/verifications/*/*.yml")
    return path.read_text()


def test_what_our_variables_hold_is_masked_in_the_log_of_a_re_run(project: ProjectFolder) -> None:
    """Also where the program finds it by a way that we do not know: here it reads a file outside."""
    secret = project.root.parent / "found.txt"
    secret.write_text(PASSWORD)
    project.commit(
        sim_py=f"import sys\nprint('it is', open({str(secret)!r}).read())\nopen('a.txt', 'w').write('1')\n"
    )
    project.publisher("run", "--", "python", "sim.py", env={"LAB_PASSWORD": PASSWORD})
    project.publisher("verify", "latest", env={"LAB_PASSWORD": PASSWORD})
    assert PASSWORD.encode() not in below_records(project)
    assert "verdict: identical" in verification(project)


def test_a_login_in_the_address_of_data_is_not_in_what_is_said(project: ProjectFolder) -> None:
    project.commit(sim_py="print(open('a.csv').read())\n", _gitignore="a.csv\n")
    (project.root / "a.csv").write_text("1\n")
    project.publisher("run", "--input", "a.csv", "--", "python", "sim.py")
    (project.root / "a.csv").unlink()
    address = LOGIN.text.replace("pypi.example.org", "127.0.0.1:9")
    project.write(publisher_yml=f"data:\n  a.csv: {{url: '{address}'}}\n")
    done = project.publisher("verify", "latest")
    told = verification(project)
    assert "verdict: blocked" in told and "(masked)@127.0.0.1:9" in told
    assert LOGIN.value not in done.stdout + done.stderr + told


def test_an_output_whose_name_is_masked_is_not_called_missing(project: ProjectFolder) -> None:
    project.commit(
        sim_py="import sys\nopen('a.txt', 'w').write('1')\nopen(f'b-{sys.stdin.read()}.txt', 'w').write('2')\n"
    )
    project.publisher("run", "--", "python", "sim.py", input=PASSWORD, env={"LAB_PASSWORD": PASSWORD})
    assert {each["path"] for each in project.record()["outputs"]} == {"a.txt", "b-(masked).txt"}
    done = project.publisher("verify", "latest")
    assert "verdict: identical" in verification(project), done.stdout + verification(project)
    assert "is masked: nobody knows which file it is" in verification(project)


def test_an_input_whose_name_is_masked_blocks_a_re_run_with_a_reason(project: ProjectFolder) -> None:
    name = f"in-{PASSWORD}.txt"
    project.commit(sim_py="import sys\nprint(open(sys.argv[1]).read())\n")
    Path(project.root, name).write_text("1")
    project.publisher("run", "--", "python", "sim.py", name, env={"LAB_PASSWORD": PASSWORD})
    project.publisher("verify", "latest")
    assert "verdict: blocked" in verification(project) and "masked in the record" in verification(project)
    assert PASSWORD.encode() not in below_records(project)
