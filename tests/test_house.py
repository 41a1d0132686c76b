"""Rules of the house that no linter knows: words, sizes, mirrors, headers, documented settings."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

ROOT = Path(__file__).resolve().parent.parent
LONGEST_FILE = 400
FORBIDDEN_WORDS = re.compile(
    r"annotat(?:or|ion)s?|\b(?:vot(?:e|er|es|ers|ing)|jobs?|winners?|CoT)\b", re.I
)

FORBIDDEN_IN_CODE = re.compile(r"annotator|winner|\b(?:voters?|job|retry)\b(?!=|-After)", re.I)


def tracked(*suffixes: str) -> list[Path]:
    """What git knows or would add: neither the environment nor anybody's data."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    paths = [ROOT / line for line in listed.stdout.splitlines()]
    return [path for path in paths if path.suffix in suffixes and path.exists()]


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_no_file_is_longer_than_a_reader_can_hold():
    lengths = {
        relative(path): len(path.read_text().splitlines())
        for path in tracked(".py", ".js", ".css")
        if "migrations" not in path.parts
    }
    assert {name: n for name, n in lengths.items() if n > LONGEST_FILE} == {}


def test_every_python_module_says_what_it_is():
    silent = [
        relative(path)
        for path in tracked(".py")
        if "migrations" not in path.parts
        and path.read_text().strip()
        and not re.match(r'(#!.*\n)?r?"""', path.read_text())
        and path.name not in {"__init__.py", "apps.py"}
    ]
    assert silent == []


def test_nothing_is_left_for_later():
    marks = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X)\b")
    left = [
        f"{relative(path)}:{number}"
        for path in tracked(".py", ".js", ".css", ".html", ".md", ".toml")
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if marks.search(line)
    ]
    assert left == []


def test_there_is_no_module_for_things_without_a_place():
    assert [relative(p) for p in tracked(".py") if p.stem in {"utils", "helpers", "misc"}] == []


def test_pages_and_documents_use_the_agreed_words():
    found = [
        f"{relative(path)}:{number}: {match.group()}"
        for path in tracked(".html", ".md")
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        for match in FORBIDDEN_WORDS.finditer(line)
    ]
    assert found == []


def test_code_uses_the_agreed_words():
    """`retry=` is Celery's own word for what it is told not to do."""
    found = [
        f"{relative(path)}:{number}: {match.group()}"
        for path in tracked(".py")
        if path.is_relative_to(ROOT / "raters") or path.is_relative_to(ROOT / "generation")
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        for match in FORBIDDEN_IN_CODE.finditer(line)
    ]
    assert found == []


def test_models_and_fields_use_the_agreed_words():
    names = [
        name
        for app in ("generation", "raters")
        for model in apps.get_app_config(app).get_models()
        for name in (model.__name__, *(field.name for field in model._meta.get_fields()))
    ]
    words = [name for name in names if FORBIDDEN_WORDS.search(name.replace("_", " "))]
    assert words == []


@pytest.mark.parametrize("app", ["generation", "raters"])
def test_test_folders_mirror_the_source(app):
    folders = {
        path.parent.relative_to(ROOT / "tests")
        for path in tracked(".py")
        if path.is_relative_to(ROOT / "tests" / app)
    }
    strays = [
        str(folder)
        for folder in folders
        if not (ROOT / folder).is_dir() and not (ROOT / app / "management" / folder.name).is_dir()
    ]
    assert strays == []


def test_every_setting_read_from_the_environment_is_documented():
    source = (ROOT / "config" / "settings.py").read_text()
    read = set(re.findall(r'env\.\w+\(\s*"(\w+)"', source))
    documented = set(re.findall(r"^\| `(\w+)` \|", (ROOT / "docs/settings.md").read_text(), re.M))
    assert read <= documented, f"undocumented: {read - documented}"
    assert documented - read <= {"PORT"}, f"documented, never read: {documented - read}"


def test_every_command_is_documented():
    documents = "".join(path.read_text() for path in tracked(".md"))
    commands = {
        path.stem
        for path in tracked(".py")
        if path.match("management/commands/*.py") and "tests" not in path.relative_to(ROOT).parts
    } - {"__init__"}
    assert commands
    assert {name for name in commands if not re.search(rf"\b{name}\b", documents)} == set()


def test_every_package_is_pinned_and_torch_comes_first():
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    pins = [line.partition("#")[0].strip() for line in lines if not line.startswith("#") and line]
    assert pins[0].startswith("torch==")
    assert [pin for pin in pins if not re.fullmatch(r"[\w.-]+==[\w.]+", pin)] == []


def plain_addresses(resolver: URLResolver, prefix: str = "/") -> Iterator[str]:
    """Every address without arguments."""
    for entry in resolver.url_patterns:
        address = prefix + str(entry.pattern)
        if "<" in address or "(" in address:
            continue
        if isinstance(entry, URLPattern):
            yield address.replace("^", "").replace("$", "")
        else:
            yield from plain_addresses(entry, address)


@pytest.mark.django_db
def test_every_page_carries_a_strict_content_security_policy():
    client = Client(raise_request_exception=True)
    addresses = [*plain_addresses(get_resolver()), "/no-such-page"]
    assert len(addresses) > 5
    for address in addresses:
        policy = client.get(address).headers.get("Content-Security-Policy", "")
        assert "default-src 'none'" in policy, address
        assert "unsafe" not in policy, address


def test_templates_hold_no_inline_script_style_or_handler():
    inline = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", re.I)
    found = [
        f"{relative(path)}:{number}: {line.strip()}"
        for path in tracked(".html")
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if inline.search(line)
    ]
    assert found == []
