"""Files of styles, as A1111 and its like keep them: `styles.csv`.

UTF-8 with a byte order mark, a header, the columns name, prompt and negative_prompt (prompt was
once called text), cells quoted where they must be and over several lines where they are. Columns
of other tools are kept.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, replace

from webui.errors import BadFile
from webui.request.choices import Style

LARGEST = 4 << 20
_MOST_COLUMNS = 100
_OURS = ("name", "prompt", "negative_prompt")


@dataclass(frozen=True, slots=True)
class StyleRow:
    """A style, and its cells in the further columns of its file."""

    style: Style
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StyleSheet:
    """A file of styles; `columns` are the further ones."""

    rows: tuple[StyleRow, ...] = ()
    columns: tuple[str, ...] = ()

    @property
    def styles(self) -> tuple[Style, ...]:
        """Those that have a name: rows without one are there to divide the list."""
        return tuple(row.style for row in self.rows if row.style.name)

    def put(self, style: Style) -> StyleSheet:
        """With this style, in the place of the one of its name if there is one."""
        rows = tuple(
            replace(row, style=style) if row.style.name == style.name else row for row in self.rows
        )
        is_new = all(row.style.name != style.name for row in rows)
        return replace(self, rows=(*rows, StyleRow(style)) if is_new else rows)

    def without(self, name: str) -> StyleSheet:
        return replace(self, rows=tuple(row for row in self.rows if row.style.name != name))


def read_styles(data: bytes) -> StyleSheet:
    """The styles of a file. Raises BadFile if it is none."""
    if len(data) > LARGEST:
        raise BadFile(f"The file of styles is larger than {LARGEST >> 20} MB.")
    try:
        lines = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
        header, *rows = [row for row in lines if any(row)] or [list(_OURS)]
    except UnicodeDecodeError:
        raise BadFile("The file of styles is not UTF-8 text; save it as UTF-8.") from None
    except csv.Error as error:
        raise BadFile(f"The file of styles is no CSV: {error}.") from None
    columns = ["prompt" if name == "text" and "prompt" not in header else name for name in header]
    if "name" not in columns or not {"prompt", "negative_prompt"} & set(columns):
        raise BadFile(f"The file of styles must begin with the line {','.join(_OURS)}.")
    columns += [""] * (max(map(len, rows), default=0) - len(columns))
    if len(columns) > _MOST_COLUMNS:
        raise BadFile(f"The file of styles has more than {_MOST_COLUMNS} columns.")
    others = [at for at, name in enumerate(columns) if name not in _OURS]
    found = tuple(_row(columns, row, others) for row in rows)
    return StyleSheet(found, tuple(columns[at] for at in others))


def write_styles(sheet: StyleSheet) -> bytes:
    """The file that `read_styles` reads, as A1111 would write it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([*_OURS, *sheet.columns])
    for row in sheet.rows:
        style, missing = row.style, len(sheet.columns) - len(row.others)
        ours = (style.name, style.prompt, style.negative_prompt)
        writer.writerow([*ours, *row.others, *[""] * missing])
    return text.getvalue().encode("utf-8-sig")


def _row(columns: list[str], cells: list[str], others: list[int]) -> StyleRow:
    cells = cells + [""] * (len(columns) - len(cells))
    by_name = dict(zip(reversed(columns), reversed(cells), strict=True))
    style = Style(*(by_name.get(name, "") for name in _OURS))
    return StyleRow(style, tuple(cells[at] for at in others))
