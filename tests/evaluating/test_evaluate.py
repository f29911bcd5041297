"""`webui evaluate`: draws the fixed prompts, measures what can be measured, says what cannot."""

import json
import re

import pytest
from PIL import Image

from tests.cli.test_listing import run
from webui.errors import WebuiError
from webui.evaluating.clip import Clip
from webui.evaluating.evaluate import Evaluation, Plan, measure, read_reference
from webui.evaluating.judge import Judge
from webui.evaluating.prompts import Prompt
from webui.evaluating.report import html_report, rows_of
from webui.settings import HOUSE

JUDGE = HOUSE / "models/pocket/judge"
COLOURS = ("red", "blue", "green", "yellow", "white", "black")


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    return tmp_path_factory.mktemp("outputs")


@pytest.fixture
def reference(tmp_path):
    path = tmp_path / "real"
    path.mkdir()
    for colour in COLOURS:
        Image.new("RGB", (64, 64), colour).save(path / f"{colour}.png")
    return path


def drawn(count=5):
    pictures = tuple(Image.new("RGB", (64, 64), COLOURS[i]) for i in range(count))
    return Evaluation(Plan(), (Prompt("a <red> boat"),) * count, pictures)


def evaluate(outputs, *words):
    return run("evaluate", "--outputs", outputs, "--steps", 2, "--count", 4, *words)


def test_command_prints_a_table_and_writes_a_page(tmp_path, outputs):
    page = tmp_path / "report.html"
    found = evaluate(outputs, "--report", page)
    assert found.exit_code == 0, found.output
    for name in ("object", "colour", "place", "all colours bound", "style, several things"):
        assert re.search(rf"^{name} +\d+\.\d% +\d+ of 2$", found.stdout, re.MULTILINE)
    assert "there is no CLIP model" in found.stdout
    html = page.read_text()
    assert html.count("data:image/webp") == 4
    assert "http" not in html


def test_reference_folder_gives_distance_precision_and_recall(outputs, reference):
    found = evaluate(outputs, "--reference", reference)
    assert found.exit_code == 0, found.output
    assert re.search(r"Fréchet distance in the judge +\d+", found.stdout)
    assert "4 made, 6 real" in found.stdout


def test_own_prompts_are_drawn_instead(tmp_path, outputs):
    entry = json.loads((JUDGE / "prompts.json").read_text())[0]
    path = tmp_path / "mine.json"
    path.write_text(json.dumps([entry, entry]))
    found = evaluate(outputs, "--prompts", path)
    assert "of 2" in found.stdout
    assert "all objects" not in found.stdout


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--checkpoint", "none"), "none"),
        (("--prompts", "missing.json"), "missing.json cannot be read"),
        (("--reference", "missing"), "holds 0 pictures"),
        (("--report", "."), "is a folder"),
        (("--cfg-scale", 99), "30"),
    ],
)
def test_wrong_wish_is_refused_in_words(outputs, words, complaint):
    found = evaluate(outputs, *words)
    assert found.exit_code == 2
    assert complaint in found.stderr
    assert "Traceback" not in found.stderr


def test_damaged_reference_is_named(reference):
    (reference / "broken.png").write_bytes(b"no picture")
    with pytest.raises(WebuiError, match=r"broken\.png cannot be read"):
        read_reference(reference)


def test_without_judge_and_clip_it_says_what_is_missing():
    found = measure(drawn(), None, None, None)
    assert (found.scores, found.clip_score, found.likeness) == ({}, None, None)
    assert [note.split(":")[0] for note in found.left_out] == [
        "Accuracy",
        "CLIP score",
        "Likeness",
    ]


def test_same_pictures_as_the_reference_have_no_distance(reference):
    found = measure(drawn(6), Judge.load(JUDGE), None, read_reference(reference))
    assert found.likeness
    assert found.likeness.frechet == pytest.approx(0, abs=1e-3)
    assert found.likeness.covered.recall == 1


def test_clip_is_used_when_it_is_there(clip_folder, reference):
    clip = Clip.load(clip_folder)
    found = measure(drawn(), Judge.load(JUDGE), clip, read_reference(reference))
    assert found.likeness
    assert found.likeness.space == "CLIP"
    assert ("CLIP score", f"{found.clip_score:.2f}", "100 × cosine") in rows_of(found)


def test_page_escapes_prompts():
    page = html_report(drawn())
    assert "a &lt;red&gt; boat" in page
    assert "<red>" not in page
