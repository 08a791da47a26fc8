"""Where the schedules that are shipped lie, by their names."""

from pathlib import Path

POLICY = Path(__file__).resolve().parents[2] / "deploy" / "policy"
FILES = {file.stem: file for file in sorted((POLICY / "schedules").glob("*.yaml"))}
