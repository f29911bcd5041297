"""The evaluation as one HTML page that needs nothing else, with every picture."""

from __future__ import annotations

import base64
import io
from html import escape

from PIL import Image

from webui.evaluating.evaluate import Evaluation
from webui.evaluating.judge import Seen
from webui.evaluating.scores import table

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 1200px; padding: 0 1rem;
  background: #16161a; color: #e8e6e1 }
table { border-collapse: collapse; margin: 1rem 0 }
td, th { padding: .25rem .9rem .25rem 0; text-align: left }
.pictures { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(130px, 1fr)) }
figure { margin: 0 } img { width: 100%; border-radius: 4px }
figcaption { font-size: 12px; line-height: 1.35 } .seen { color: #9c978d }
"""


def rows_of(evaluation: Evaluation) -> list[tuple[str, str, str]]:
    """Everything measured, as rows of three words."""
    rows = table(evaluation.scores)
    if evaluation.clip_score is not None:
        rows.append(("CLIP score", f"{evaluation.clip_score:.2f}", "100 × cosine"))
    near = evaluation.likeness
    if near:
        counts = f"{near.made} made, {near.real} real"
        rows += [
            (f"Fréchet distance in {near.space}", f"{near.frechet:.2f}", counts),
            ("precision", f"{near.covered.precision:.3f}", counts),
            ("recall", f"{near.covered.recall:.3f}", counts),
        ]
    return rows


def html_report(evaluation: Evaluation) -> str:
    """The page."""
    lines = "".join(
        f"<tr>{''.join(f'<td>{escape(word)}</td>' for word in row)}</tr>"
        for row in rows_of(evaluation)
    )
    notes = "".join(f"<p>{escape(note)}</p>" for note in evaluation.left_out)
    seen: tuple[Seen | None, ...] = evaluation.seen or (None,) * len(evaluation.images)
    figures = "".join(
        _figure(prompt.text, image, found)
        for prompt, image, found in zip(evaluation.prompts, evaluation.images, seen, strict=True)
    )
    name = escape(evaluation.plan.checkpoint or "the default checkpoint")
    return (
        "<!doctype html><html lang=en><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width'>"
        f"<title>Evaluation of {name}</title><style>{_STYLE}</style>"
        f"<h1>Evaluation of {name}</h1><p>{len(evaluation.images)} pictures</p>"
        f"<table>{lines}</table>{notes}<div class=pictures>{figures}</div></html>\n"
    )


def _figure(prompt: str, image: Image.Image, found: Seen | None) -> str:
    file = io.BytesIO()
    image.save(file, "WEBP", quality=90)
    data = base64.b64encode(file.getvalue()).decode()
    said = f"<div class=seen>{escape(_words(found))}</div>" if found else ""
    return (
        f"<figure><img alt='{escape(prompt, quote=True)}' loading=lazy"
        f" src='data:image/webp;base64,{data}'><figcaption>{escape(prompt)}{said}</figcaption>"
        "</figure>"
    )


def _words(seen: Seen) -> str:
    things = " and ".join(f"{t.size} {t.colour} {t.kind} {t.position}" for t in seen.things)
    return f"{things or 'nothing'}; {seen.place}, {seen.time}, {seen.style}"
