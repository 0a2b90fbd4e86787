"""`publisher build` and `publisher serve`, as processes."""

import html
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from tests.publish import samples


@pytest.fixture
def paper(project):
    record = samples.record(samples.project_at(project.root), 1)
    project.run = record.id
    return project


def test_build_makes_the_site_and_says_so(paper):
    done = paper.publisher("build")
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert "site/ holds 1 run" in done.stderr
    assert "MkDocs 2" not in done.stderr
    assert (paper.root / "site/runs" / f"{paper.run}.html").is_file()


def test_build_takes_another_folder_and_leaves_what_is_there(paper, tmp_path):
    (tmp_path / "public").mkdir()
    (tmp_path / "public/CNAME").write_text("example.org")
    done = paper.publisher("build", "--site-dir", tmp_path / "public")
    assert done.returncode == 0, done.stderr
    assert "CNAME" in done.stderr
    assert (tmp_path / "public/CNAME").read_text() == "example.org"
    assert (tmp_path / "public/index.html").is_file()
    assert not (paper.root / "site").exists()


def test_a_configuration_without_the_plugin_ends_with_1_and_says_what_to_add(paper):
    paper.write_files({"mkdocs.yml": "site_name: x\n", "docs/index.md": "# x\n"})
    done = paper.publisher("build")
    assert done.returncode == 1
    assert "- publisher" in done.stderr
    assert "Traceback" not in done.stderr


def test_mkdocs_alone_builds_the_same_pages(paper):
    paper.write_files(
        {
            "mkdocs.yml": "site_name: x\ntheme: {name: material, font: false}\nplugins: [search, publisher]\n",
            "docs/index.md": "# x\n",
        }
    )
    assert paper.publisher("build", "--site-dir", "ours").returncode == 0
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", "theirs"]
    done = subprocess.run(command, cwd=paper.root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    ours, theirs = (
        {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file()
        }
        for folder in (paper.root / "ours", paper.root / "theirs")
    )
    del ours[".publisher.json"], theirs[".publisher.json"]
    assert ours == theirs


def test_the_commands_on_a_page_repeat_the_run(project, tmp_path):
    project.commit(
        params_json='{"wait": 1, "mode": "no", "x": 0.001}',
        sim_py="import json, sys; open('out.json', 'w').write(open(sys.argv[1]).read())",
    )
    subprocess.run(["git", "init", "--quiet", "--bare", tmp_path / "remote"], check=True)
    project.git("remote", "add", "origin", str(tmp_path / "remote"))
    project.write(sim_py="import json, sys; open('out.json', 'w').write('new' + open(sys.argv[1]).read())")
    done = project.publisher("run", "-p", 'mode="yes"', "--", "python", "sim.py", "params.json", "wait=3")
    assert done.returncode == 0, done.stderr
    first = project.record()
    assert first["code"]["patch"]
    project.git("checkout", "--quiet", "sim.py")
    project.commit("records")
    project.git("push", "--quiet", "origin", "main")
    assert project.publisher("build").returncode == 0
    page = (project.root / "site/runs" / f"{first['id']}.html").read_text()
    lines = html.unescape(re.search(r'id="run-it-yourself".*?<code>(.*?)</code>', page, re.DOTALL)[1])
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "stubs").mkdir()
    uv = tmp_path / "stubs" / "uv"  # which would ask an index
    uv.write_text("#!/bin/sh\nmkdir -p .venv/bin && : > .venv/bin/activate\n")
    uv.chmod(0o755)
    script = lines.replace("publisher run", f'"{sys.executable}" -m publisher run')
    done = subprocess.run(
        ["sh", "-e"],
        input=script,
        cwd=tmp_path / "elsewhere",
        env=os.environ | {"PATH": f"{tmp_path / 'stubs'}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr + lines
    outputs = list((tmp_path / "elsewhere").glob("*/out.json"))
    assert outputs[0].read_text() == (project.root / "out.json").read_text()


def get(address):
    with urllib.request.urlopen(address, timeout=60) as answer:
        return answer.read().decode()


def wait_until(holds, seconds=120):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = holds()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError("it did not come to pass")


@pytest.mark.skipif(os.name == "nt", reason="sends Ctrl-C as a signal")
def test_serve_shows_the_site_rebuilds_it_and_ends_with_ctrl_c(paper, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        log = tmp_path / "log"
        with open(log, "w") as told:
            process = subprocess.Popen(
                [sys.executable, "-m", "publisher", "serve", "--port", str(port)], cwd=paper.root, stderr=told
            )
        try:
            home = wait_until(lambda: re.search(r"http://127\.0\.0\.1:(\d+)/", log.read_text()))
            assert int(home[1]) != port
            assert f"port {port} is taken" in log.read_text()
            assert "Runs" in get(f"{home[0]}runs/")
            assert samples.REASON in get(f"{home[0]}runs/{paper.run}")
            second = samples.record(samples.project_at(paper.root), 2, reason="one more")
            wait_until(lambda: second.id in get(f"{home[0]}runs/"))
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=60) == 0
            assert "Traceback" not in log.read_text()
        finally:
            process.kill()
            process.wait()
