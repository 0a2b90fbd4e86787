"""Two kept scanners find nothing in what we masked, and very much in the same texts before."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from publisher.model.secrets import masked_bytes, masked_changes
from tests.support.planted import FILES, LOGS, secrets

BIN = Path(sys.executable).parent


def written(folder: Path, *, masked: bool) -> Path:
    """Logs and patches full of credentials, as they are kept or as they were."""
    folder.mkdir()
    kept = secrets(11)
    for place, make in LOGS.items():
        data = "".join(map(make, kept)).encode()
        (folder / f"log-{place.replace(' ', '-')}.txt").write_bytes(masked_bytes(data) if masked else data)
    for place, make in FILES.items():
        lines = "".join(f"+{line}\n" for each in kept for line in make(each).splitlines())
        patch = f"diff --git a/{place} b/{place}\n--- /dev/null\n+++ b/{place}\n@@ -0,0 +1,9 @@\n{lines}"
        (folder / f"{place}.patch").write_text(masked_changes(patch) if masked else patch)
    return folder


def by_detect_secrets(folder: Path) -> list[str]:
    """What detect-secrets finds: file and line, and as what."""
    done = subprocess.run(
        [BIN / "detect-secrets", "scan", "--no-verify", "--all-files", "."],
        cwd=folder, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = json.loads(done.stdout)["results"]
    return [f"{path}:{each['line_number']} {each['type']}" for path in found for each in found[path]]


def by_kingfisher(folder: Path) -> list[str]:
    """What Kingfisher finds."""
    done = subprocess.run(
        [BIN / "kingfisher", "scan", ".", "--no-validate", "--format", "json", "--no-update-check"],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    for line in done.stdout.splitlines():
        if line.startswith('{"findings":['):
            found = json.loads(line)["findings"]
            return [
                f"{each['finding']['path']}:{each['finding']['line']} {each['rule']['name']}"
                for each in found
            ]
    raise AssertionError(done.stdout + done.stderr)


@pytest.mark.parametrize("scan", [by_detect_secrets, by_kingfisher])
def test_a_scanner_finds_nothing_in_what_was_masked(tmp_path: Path, scan: object) -> None:
    assert callable(scan)
    assert len(scan(written(tmp_path / "as-it-was", masked=False))) > 20
    assert scan(written(tmp_path / "as-kept", masked=True)) == []
