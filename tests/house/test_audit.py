"""The audit of the dependencies tells what it could find out: a hole fails, a service that knows nothing is none."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Plays pip-audit: argv, KNOWS and AWAY decide what it finds; as the real one it writes nothing where it cannot ask.
PLAYED = f"""#!{sys.executable}
import json, os, sys
asked = open(sys.argv[sys.argv.index("-r") + 1]).read().split()
if os.environ["SERVICE"] == "away":
    sys.exit("ConnectionError: no route")
names = [word.split("==") for word in asked if "==" in word]
knows = os.environ["SERVICE"].split(",")
dependencies = [
    {{"name": name, "version": version, "vulns": [{{"id": "CVE-1", "fix_versions": ["9"]}}] if name in knows else []}}
    for name, version in names
]
json.dump({{"dependencies": dependencies}}, open(sys.argv[sys.argv.index("--output") + 1], "w"))
sys.exit(any(one["vulns"] for one in dependencies))
"""


@pytest.mark.parametrize(
    ("service", "options", "status", "words"),
    [
        ("away", [], 0, "NOT LOOKED UP"),
        ("away", ["--strict"], 1, "NOT LOOKED UP"),
        ("nothing", [], 0, "NOT LOOKED UP"),
        ("nothing", ["--strict"], 1, "NOT LOOKED UP"),
        ("jinja2", [], 0, "2 packages asked about"),
        ("jinja2", ["--strict"], 0, "2 packages asked about"),
        ("jinja2,click", [], 1, "click 8.4.0: CVE-1, mended in 9"),
    ],
)
def test_what_the_audit_says(tmp_path: Path, service: str, options: list[str], status: int, words: str) -> None:
    (tmp_path / ".ci").mkdir()
    (tmp_path / ".venv/bin").mkdir(parents=True)
    shutil.copy(ROOT / ".ci/audit", tmp_path / ".ci/audit")
    played = tmp_path / ".venv/bin/pip-audit"
    played.write_text(PLAYED, encoding="utf-8")
    played.chmod(0o755)
    (tmp_path / ".venv/bin/python").symlink_to(sys.executable)
    (tmp_path / "lock").write_text("click==8.4.0\nrich==15.0\n", encoding="utf-8")
    done = subprocess.run(
        [tmp_path / ".ci/audit", *options, tmp_path / "lock"],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "SERVICE": service},
    )
    assert (done.returncode, words in done.stdout + done.stderr) == (status, True), done.stdout + done.stderr
