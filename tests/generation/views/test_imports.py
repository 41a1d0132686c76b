"""The import page: what becomes of a file, and of files that mean no good."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from generation.models import Question, QuestionSet, Rationale
from generation.views.imports import LINE_BYTES, short_lines
from tests.factories import as_lines, make_question_set, make_researcher, question_record

pytestmark = pytest.mark.django_db
XSS = "<script>alert(1)</script>"


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(make_researcher())
    return client


def upload(client, content, *, format="questions:jsonl", name="sums", file="sums.jsonl"):
    if isinstance(content, list):
        content = "\n".join(as_lines(content)).encode()
    return client.post(
        reverse("import"),
        {"set_name": name, "format": format, "file": SimpleUploadedFile(file, content)},
    )


def rationale(number, text, source="S1", **more):
    return {"question_id": f"q{number:03}", "source": source, "text": text} | more


# --- who ---
def test_strangers_sign_in_and_others_meet_a_404():
    assert Client().get(reverse("import")).status_code == 302
    plain = make_researcher("plain")
    plain.is_staff = False
    plain.save()
    signed_in = Client()
    signed_in.force_login(plain)
    assert signed_in.get(reverse("import")).status_code == 404
    assert upload(signed_in, [question_record(1)]).status_code == 404
    assert not Question.objects.exists()


def test_an_upload_wants_a_token_of_the_page(client):
    client.handler.enforce_csrf_checks = True
    assert upload(client, [question_record(1)]).status_code == 403
    assert not Question.objects.exists()


def test_nothing_enters_another_researchers_set(client):
    make_question_set("hers", questions=1, user=make_researcher("bob"))
    page = upload(client, [question_record(5)], name="hers")
    assert page.status_code == 422
    assert "Another researcher has a set of this name" in page.content.decode()
    assert Question.objects.count() == 1
    assert "hers" not in client.get(reverse("import")).content.decode()


# --- what comes of it ---
def test_questions_are_counted_and_the_same_file_twice_adds_nothing(client):
    records = [question_record(number) for number in range(3)]
    assert "3 questions read" in upload(client, records).content.decode()
    assert "0 added, 3 there already" in upload(client, records).content.decode()
    assert QuestionSet.objects.get().created_by.get_username() == "alice"


def test_rationales_are_told_apart_per_source(client):
    upload(client, [question_record(1), question_record(2)])
    page = upload(
        client,
        [
            rationale(1, "2 + 3 = 5\n#### 5"),
            rationale(2, "3 + 4 = 8\n#### 8"),
            rationale(1, "I do not know.", "S2"),
            rationale(2, "As said.", "S2", answer="7"),
        ],
        format="rationales:jsonl",
    )
    rows = [
        row.replace('<td class="number">', " ").replace("</td>", "").split("</th>")
        for row in page.content.decode().split('<tr><th scope="row">')[1:]
    ]
    found = {name: cells.split("</tr>")[0].split() for name, cells in rows}
    assert found == {"S1": list("221100"), "S2": list("220011")}


def test_the_next_step_is_a_study_of_that_set(client):
    upload(client, [question_record(1)])
    page = upload(client, [rationale(1, "#### 5")], format="rationales:jsonl")
    link = f"{reverse('study-new')}?set={QuestionSet.objects.get().pk}"
    assert link in page.content.decode()
    assert client.get(link).status_code == 200


# --- files that cannot be read ---
def test_bad_lines_are_listed_by_number_and_nothing_is_half_imported(client):
    lines = [json.dumps(question_record(1)), "{not json", json.dumps({"question": "and?"})]
    page = upload(client, "\n".join(lines).encode())
    html = page.content.decode()
    assert page.status_code == 422
    assert "Nothing was imported: 2 lines cannot be read" in html
    assert '<td class="number">2</td>' in html
    assert '<td class="number">3</td>' in html
    assert not Question.objects.exists()
    assert not QuestionSet.objects.exists()


def test_of_very_many_bad_lines_a_hundred_are_listed_and_all_counted(client):
    html = upload(client, b"{\n" * 250).content.decode()
    assert html.count('<td class="number">') == 100
    assert "The first 100 of 250 are listed." in html
    html = upload(client, b"{\n" * 2500).content.decode()
    assert "Nothing was imported: at least 1000 lines cannot be read" in html
    assert "The first 100 of at least 1000 are listed." in html


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40,
        b"\xff\xfe" + "{}".encode("utf-16-le"),
        b"\x00" * 1000,
        b'{"question": "\xff\xfe", "answer": 1}\n',
        b"[" * 100_000,
        b"",
        b"\n\n\n",
        b'{"question": "' + b"x" * 3_000_000 + b'", "answer": 1}\n',
        b'{"question": "a", "answer": ' + b"9" * 5000 + b"}\n",
        b'"just a string"\n',
    ],
    ids=[
        "binary",
        "utf16",
        "zeros",
        "broken-utf8",
        "deep",
        "empty",
        "blank",
        "huge-line",
        "huge-number",
        "string",
    ],
)
@pytest.mark.parametrize("format", ["questions:jsonl", "rationales:jsonl", "questions:gsm8k"])
def test_a_file_that_is_something_else_is_refused_whole(client, content, format):
    page = upload(client, content, format=format)
    assert page.status_code == 422
    assert not Question.objects.exists()
    assert not Rationale.objects.exists()


def test_the_wrong_format_is_refused_with_its_lines(client):
    page = upload(client, [question_record(1)], format="questions:commonsenseqa")
    assert page.status_code == 422
    assert "1 line cannot be read" in page.content.decode()


@pytest.mark.parametrize(
    "format", ["", "questions", "rationales:../x", "lm:jsonl", "questions:cos-e"]
)
def test_no_other_format_exists(client, format):
    page = upload(client, [question_record(1)], format=format)
    assert page.status_code == 422
    assert not Question.objects.exists()


@pytest.mark.parametrize("file", ["../../settings.py", "/etc/passwd", "a\\..\\b", "con", "x" * 300])
def test_a_file_name_is_never_a_path(client, file, settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.chdir(tmp_path)
    assert upload(client, [question_record(1)], file=file).status_code == 200
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_too_large_is_refused_before_it_is_read(client, settings):
    settings.UPLOAD_MAX_BYTES = 1000
    page = upload(client, b"x" * 2000)
    assert page.status_code == 413
    assert "so it was not read" in page.content.decode()


def test_a_body_without_a_file_is_a_form_with_a_sentence(client):
    page = client.post(reverse("import"), {"set_name": "x", "format": "questions:jsonl"})
    assert page.status_code == 422
    assert "This field is required" in page.content.decode()


def test_a_line_without_end_is_read_in_pieces(tmp_path):
    path = tmp_path / "lines"
    path.write_bytes(b"one\n" + b"x" * (2 * LINE_BYTES + 5) + b"\nthree")
    with path.open("rb") as file:
        assert [len(line) for line in short_lines(file)] == [4, LINE_BYTES, 5]


def test_what_a_file_says_is_shown_as_text(client):
    upload(client, [question_record(1)], name=XSS)
    page = upload(client, [rationale(1, "#### 5", source=XSS)], format="rationales:jsonl", name=XSS)
    assert XSS not in page.content.decode()
    assert page.content.decode().count(escape(XSS)) >= 2
    bad = upload(client, f'{{"question": "{XSS}"'.encode())
    assert XSS not in bad.content.decode()
