"""The web process boots without torch, and nothing starts without a key."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEAVY = {"torch", "transformers", "trl", "peft", "accelerate", "datasets", "altair", "vl_convert"}

BOOT_THE_SITE = """
import sys
import config.wsgi
from django.urls import URLResolver, get_resolver

def visit(resolver):
    for entry in resolver.url_patterns:
        visit(entry) if isinstance(entry, URLResolver) else entry.callback

visit(get_resolver())
print("\\n".join(sys.modules))
"""

IMPORT_ALL_BUT_LM = """
import importlib, pkgutil, sys
import config.wsgi, generation, raters

for package in (generation, raters):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if not module.name.startswith("generation.lm."):
            importlib.import_module(module.name)
print("\\n".join(sys.modules))
"""


def python(code: str, tmp_path: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    kept = {"PATH": os.environ["PATH"], "TRIPTYCH_VAR": str(tmp_path)}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**kept, **environment},
        capture_output=True,
        text=True,
    )


def heavy_modules_after(code: str, tmp_path: Path) -> set[str]:
    done = python(code, tmp_path, SECRET_KEY="only-for-tests")
    assert done.returncode == 0, done.stderr
    return {name.split(".")[0] for name in done.stdout.split()} & HEAVY


def test_the_web_process_with_every_view_loads_nothing_heavy(tmp_path):
    assert heavy_modules_after(BOOT_THE_SITE, tmp_path) == set()


def test_every_module_outside_lm_imports_without_the_models_libraries(tmp_path):
    assert heavy_modules_after(IMPORT_ALL_BUT_LM, tmp_path) == set()


def test_without_a_secret_key_it_says_how_to_get_one(tmp_path):
    done = python("import config.settings", tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("SECRET_KEY is not set: run `make run` once")
    assert done.stderr.count("\n") == 1
