"""The catalogues: every word that pages ask for, in every language, whole, and compiled."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.utils.translation import to_locale
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent.parent
LOCALES = [to_locale(code) for code, _name in settings.LANGUAGES if code != "en"]
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w+\}|<[^>]+>")
STRING = r"u?('(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\")"
IN_TEMPLATE = re.compile(rf"\b(?:_|gettext|ngettext)\({STRING}(?:, {STRING}, count)?")
CALLS = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy"}


def source_of(locale: str) -> Path:
    return ROOT / "raters" / "locale" / locale / "LC_MESSAGES" / "django.po"


@pytest.fixture(scope="module", params=LOCALES)
def catalogue(request) -> polib.POFile:
    return polib.pofile(str(source_of(request.param)))


# --- what is asked for ---------------------------------------------------------------------------
def words_of_templates() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "templates").rglob("*.html")):
        for singular, plural in IN_TEMPLATE.findall(templatize(path.read_text())):
            one, many = ast.literal_eval(singular), ast.literal_eval(plural or "''")
            # Only where values are put in does a catalogue say a percent sign twice.
            yield (one, many) if PLACEHOLDER.search(one) else (one.replace("%%", "%"), many)


def words_of_code() -> Iterator[tuple[str, str]]:
    for package in ("config", "generation", "raters"):
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") in CALLS:
                    said = [each.value for each in node.args if isinstance(each, ast.Constant)]
                    if said and isinstance(said[0], str):
                        is_plural = node.func.id.startswith("n")
                        yield said[0], said[1] if is_plural else ""


def test_every_word_that_a_page_asks_for_is_in_the_catalogue_and_no_other(catalogue):
    asked = {*words_of_templates(), *words_of_code()}
    assert len(asked) > 300
    assert {(entry.msgid, entry.msgid_plural) for entry in catalogue} == asked


# --- what is said --------------------------------------------------------------------------------
def said(entry: polib.POEntry) -> list[str]:
    return [*entry.msgstr_plural.values()] if entry.msgid_plural else [entry.msgstr]


def test_everything_is_translated_and_nothing_is_a_guess(catalogue):
    assert [entry.msgid for entry in catalogue if "fuzzy" in entry.flags] == []
    assert [entry.msgid for entry in catalogue if not all(map(str.strip, said(entry)))] == []
    assert catalogue.obsolete_entries() == []


def test_every_plural_has_the_forms_that_the_language_has(catalogue):
    forms = int(re.search(r"nplurals=(\d)", catalogue.metadata["Plural-Forms"])[1])
    plurals = [entry for entry in catalogue if entry.msgid_plural]
    assert len(plurals) > 10
    assert {len(entry.msgstr_plural) for entry in plurals} == {forms}


def test_a_translation_has_the_placeholders_and_the_marks_of_the_original(catalogue):
    for entry in catalogue:
        wanted = sorted(PLACEHOLDER.findall(entry.msgid))
        for text in said(entry):
            assert sorted(PLACEHOLDER.findall(text)) == wanted, entry.msgid


def test_a_translation_begins_and_ends_as_the_original(catalogue):
    """No stray blanks; a sentence stays a sentence, a label stays a label."""
    for entry in catalogue:
        for text in said(entry):
            assert text == text.strip(), entry.msgid
            ends = entry.msgid[-1] in ".?:…", text[-1] in ".?:…。？：“»”"
            assert ends[0] == ends[1] or entry.msgid[-1] in "”to", (entry.msgid, text)


@pytest.mark.parametrize("locale", LOCALES)
def test_the_compiled_file_says_what_its_source_says(locale):
    source, compiled = source_of(locale), source_of(locale).with_suffix(".mo")
    written = {entry.msgid: said(entry) for entry in polib.pofile(str(source))}
    assert {entry.msgid: said(entry) for entry in polib.mofile(str(compiled))} == written
