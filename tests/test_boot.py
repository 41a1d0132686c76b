"""The web process boots without torch, and nothing starts without a key."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODELS = {"torch", "transformers", "trl", "peft", "accelerate", "datasets"}
CHARTS = {"altair", "vl_convert"}  # loaded by the first page that draws one

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

# The doors through which workers reach models. Whoever adds one says so here.
WORKERS_ONLY = (
    "generation.lm.",
    "generation.management.commands.",
    "generation.services.chunks",
    "generation.services.evaluation",
)
IMPORT_ALL_OTHERS = f"""
import importlib, pkgutil, sys
import config.wsgi, generation, raters

for package in (generation, raters):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if not module.name.startswith({WORKERS_ONLY}):
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


def loaded_by(code: str, tmp_path: Path) -> set[str]:
    done = python(code, tmp_path, SECRET_KEY="only-for-tests")
    assert done.returncode == 0, done.stderr
    return {name.split(".")[0] for name in done.stdout.split()}


def test_the_web_process_with_every_view_loads_nothing_heavy(tmp_path):
    assert loaded_by(BOOT_THE_SITE, tmp_path) & (MODELS | CHARTS) == set()


def test_only_the_workers_doors_lead_to_the_models_libraries(tmp_path):
    assert loaded_by(IMPORT_ALL_OTHERS, tmp_path) & MODELS == set()


def test_without_a_secret_key_it_says_how_to_get_one(tmp_path):
    done = python("import config.settings", tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("SECRET_KEY is not set: run `make run` once")
    assert done.stderr.count("\n") == 1
