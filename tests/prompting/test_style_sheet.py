"""Files of styles are read as the field writes them, and written as it reads them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webui.errors import BadFile
from webui.prompting import Style, StyleRow, StyleSheet, read_styles, write_styles

FILE = (
    "\ufeffname,prompt,negative_prompt\r\n"
    'Oil,"oil painting of {prompt}, thick",photo\r\n'
    '"a ""b""","two\nlines",\r\n'
    "----,,\r\n"
).encode()


def test_file_of_the_field_is_read():
    assert read_styles(FILE).styles == (
        Style("Oil", "oil painting of {prompt}, thick", "photo"),
        Style('a "b"', "two\nlines", ""),
        Style("----"),
    )


def test_file_that_was_read_is_written_byte_for_byte():
    assert write_styles(read_styles(FILE)) == FILE


def test_further_columns_are_kept():
    data = "\ufeffname,prompt,negative_prompt,note,icon\r\na,b,c,d,e\r\n".encode()
    sheet = read_styles(data)
    assert sheet.columns == ("note", "icon")
    assert write_styles(sheet) == data
    changed = sheet.put(Style("a", "x")).put(Style("new", "y"))
    assert write_styles(changed).decode("utf-8-sig").split("\r\n")[1:] == [
        "a,x,,d,e",
        "new,y,,,",
        "",
    ]


@pytest.mark.parametrize(
    ("text", "styles"),
    [
        ("", ()),
        ("\r\n\r\n", ()),
        ("name,prompt,negative_prompt\n", ()),
        ("name,text,negative_prompt\na,b,c\n", (Style("a", "b", "c"),)),
        ("negative_prompt,name,prompt\nc,a,b\n", (Style("a", "b", "c"),)),
        ("name,prompt\na,b\n", (Style("a", "b"),)),
        ("\n\nname,prompt\n\na,b\n,,\n", (Style("a", "b"),)),
        ("name,prompt,negative_prompt\na\nb,c,d,e,f\n", (Style("a"), Style("b", "c", "d"))),
        ("name,prompt\n,b\n", ()),
        ('name,prompt\na,"b', (Style("a", "b"),)),
    ],
)
def test_files_that_people_have_are_read(text, styles):
    assert read_styles(text.encode()).styles == styles


def test_rows_without_a_name_are_kept_in_the_file():
    sheet = read_styles(b"name,prompt,negative_prompt\r\n,words,\r\n")
    assert sheet.styles == ()
    assert b",words," in write_styles(sheet)


def test_cells_beyond_the_header_are_kept():
    sheet = read_styles(b"name,prompt,negative_prompt\r\na,b,c,d\r\n")
    assert write_styles(sheet).endswith(b"a,b,c,d\r\n")


def test_style_is_changed_in_its_place_and_can_be_taken_away():
    sheet = StyleSheet((StyleRow(Style("a")), StyleRow(Style("b"))))
    assert sheet.put(Style("a", "x")).styles == (Style("a", "x"), Style("b"))
    assert sheet.without("a").styles == (Style("b"),)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"name,prompt\n\xff\xfe", "not UTF-8"),
        (b"some,other\nfile,here\n", "must begin with the line name,prompt,negative_prompt"),
        (b"name,prompt\na," + b"b" * 200_000, "no CSV"),
        (b"name,prompt" + b",x" * 200, "more than 100 columns"),
        (b"name,prompt\n" + b"," * 300 + b"x\n", "more than 100 columns"),
        (b"a" * (4 << 20) + b"a", "larger than 4 MB"),
    ],
)
def test_file_that_is_no_file_of_styles_is_refused_in_words(data, says):
    with pytest.raises(BadFile, match=says):
        read_styles(data)


@given(st.binary(max_size=200) | st.text(alphabet='name,prompt"\r\n', max_size=100).map(str.encode))
def test_no_bytes_raise_anything_but_the_documented_error(data):
    try:
        read_styles(b"name,prompt\r\n" + data)
        read_styles(data)
    except BadFile:
        pass


cells = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(st.lists(st.builds(Style, cells.filter(bool), cells, cells), max_size=5))
def test_all_styles_survive_being_written(styles):
    sheet = StyleSheet(tuple(map(StyleRow, styles)))
    assert read_styles(write_styles(sheet)) == sheet
