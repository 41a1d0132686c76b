"""The README's annotated tree is the disk's."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
PACKAGES = ("config", "generation", "raters")


def drawn_paths() -> dict[str, str]:
    """Path -> what the README says of it. Two spaces of indent are one folder deeper."""
    tree = re.search(r"```text tree\n(.*?)```", README.read_text(), re.S)
    assert tree, "the README has no ```text tree block"
    parents: list[str] = []
    drawn = {}
    for line in tree.group(1).splitlines():
        name, _, words = line.strip().partition("  ")
        depth = (len(line) - len(line.lstrip())) // 2
        parents = [*parents[:depth], name.rstrip("/")]
        drawn["/".join(parents)] = words.strip()
    return drawn


def test_everything_drawn_exists():
    assert [path for path in drawn_paths() if not (ROOT / path).exists()] == []


def test_everything_drawn_is_explained():
    assert [path for path, words in drawn_paths().items() if not words] == []


def test_every_module_of_the_packages_is_drawn_or_stands_in_a_drawn_folder():
    drawn = drawn_paths()
    missing = []
    for package in PACKAGES:
        for entry in sorted((ROOT / package).iterdir()):
            if entry.name.startswith("__") or entry.name in {"apps.py", "migrations"}:
                continue
            path = f"{package}/{entry.name}"
            if path not in drawn:
                missing.append(path)
    assert missing == []


def test_every_picture_and_page_linked_exists():
    links = re.findall(r"\]\(([^)#]+)\)|src=\"([^\"]+)\"", README.read_text())
    local = [a or b for a, b in links if not (a or b).startswith("http")]
    assert [path for path in local if not (ROOT / path).exists()] == []
