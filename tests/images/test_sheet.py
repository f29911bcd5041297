"""Sheets: every picture where its row and column are, and labels that say what they are."""

from PIL import Image

from webui.images import draw_sheet
from webui.request import Sheet

COLOURS = [(200, 30, 30), (30, 200, 30), (30, 30, 200), (200, 200, 30), (30, 200, 200), (9, 9, 9)]


def axis(*labels):
    return {"field": "steps", "values": "1", "labels": labels}


def sheet(**axes):
    return Sheet.model_validate({"base": {}, **axes})


def plain(colour, size=(64, 48)):
    return lambda: Image.new("RGB", size, colour)


def runs(line):
    """The colours along a line of pixels, each once for as long as it lasts."""
    found = []
    for pixel in line:
        if not found or found[-1] != pixel:
            found.append(pixel)
    return found


def test_pictures_lie_in_reading_order_below_and_beside_each_other():
    made = draw_sheet(
        sheet(x=axis("a", "b", "c"), y=axis("d", "e")), (64, 48), [plain(one) for one in COLOURS]
    )
    seen = [pixel for _, pixel in sorted(first_places(made).items()) if pixel in COLOURS]
    assert seen == COLOURS


def first_places(made):
    """Where each colour comes first, reading."""
    found = {}
    for y in range(made.height):
        for x in range(made.width):
            pixel = made.getpixel((x, y))
            if pixel in COLOURS and pixel not in found.values():
                found[(y, x)] = pixel
    return found


def test_every_picture_is_whole():
    made = draw_sheet(
        sheet(x=axis("a", "b"), margin=5), (64, 48), [plain(COLOURS[0]), plain(COLOURS[1])]
    )
    counts = dict((colour, count) for count, colour in made.getcolors(1 << 20))
    assert counts[COLOURS[0]] == counts[COLOURS[1]] == 64 * 48


def test_labels_take_room_only_where_there_are_any():
    bare = draw_sheet(sheet(x=axis("a")), (64, 48), [plain(COLOURS[0])])
    labelled = draw_sheet(sheet(x=axis("a"), y=axis("rows")), (64, 48), [plain(COLOURS[0])])
    titled = draw_sheet(sheet(x=axis("a"), z=axis("sheet")), (64, 48), [plain(COLOURS[0])])
    assert labelled.width > bare.width
    assert titled.height > bare.height
    assert bare.getpixel((bare.width // 2, 8)) is not None
    assert len(bare.crop((0, 0, bare.width, 16)).getcolors()) > 1


def test_a_picture_that_is_gone_leaves_an_empty_cell():
    made = draw_sheet(sheet(x=axis("a", "b")), (64, 48), [plain(COLOURS[0]), lambda: None])
    assert made.getpixel((made.width - 20, made.height - 20)) == (226, 222, 214)


def test_a_smaller_picture_lies_in_the_middle_of_its_cell():
    made = draw_sheet(sheet(x=axis("a"), margin=0), (64, 48), [plain(COLOURS[0], (32, 24))])
    box = Image.eval(made.getchannel("G"), lambda level: 255 if level == 30 else 0).getbbox()
    assert (box[2] - box[0], box[3] - box[1]) == (32, 24)
    assert box[0] == 16


def test_a_huge_sheet_is_made_smaller():
    made = draw_sheet(
        sheet(x=axis(*"abcd"), y=axis(*"abcd")), (4096, 4096), [plain((9, 9, 9), (8, 8))] * 16
    )
    assert made.width * made.height < 80_000_000


def test_long_labels_are_cut_to_their_room():
    made = draw_sheet(sheet(x=axis("word " * 60), y=axis("x" * 300)), (64, 48), [plain(COLOURS[0])])
    assert made.width < 64 * 5
    assert made.height < 48 * 4
