"""The table of preprocessors: what makes maps for ControlNets. The first makes none.

Ids are A1111's where it has the same; what it shows in lists, and earlier names, are aliases.
"""

from __future__ import annotations

from webui.request.choices import PreprocessorInfo, PreprocessorOption

_AT = "webui.images.preprocessors."


def _first(
    label: str, minimum: float, maximum: float, default: float, step: float = 1.0
) -> PreprocessorOption:
    return PreprocessorOption("threshold_a", label, minimum, maximum, default, step)


def _second(
    label: str, minimum: float, maximum: float, default: float, step: float = 1.0
) -> PreprocessorOption:
    return PreprocessorOption("threshold_b", label, minimum, maximum, default, step)


_GAMMA = _first("Gamma", 0.1, 2.0, 1.0, 0.001)

_LINES = (
    PreprocessorInfo(
        "canny",
        "Canny edges",
        _AT + "edges:canny",
        "Lines",
        "Thin lines where the picture changes sharply.",
        (_first("Low threshold", 1, 255, 100), _second("High threshold", 1, 255, 200)),
        ("canny",),
    ),
    PreprocessorInfo(
        "outlines",
        "Outlines",
        _AT + "edges:outlines",
        "Lines",
        "Lines between regions of different colours. Made for Pocket: 1 wide for its edges, 2 for"
        " its scribbles.",
        (_first("Line width", 1, 16, 1), _second("Contrast", 1, 765, 45)),
        ("edges", "pocket"),
    ),
    PreprocessorInfo(
        "lineart_standard",
        "Line art",
        _AT + "drawings:lineart_standard",
        "Lines",
        "Soft lines from dark strokes on light paper.",
        suits=("lineart",),
        aliases=("lineart_standard (from white bg & black line)",),
    ),
    PreprocessorInfo(
        "scribble_xdog",
        "Scribble from a picture",
        _AT + "drawings:scribble_xdog",
        "Lines",
        "Rough strokes where the picture is darker than around.",
        (_first("Threshold", 1, 64, 32),),
        ("scribble",),
    ),
    PreprocessorInfo(
        "scribble",
        "Scribble from a drawing",
        _AT + "drawings:scribble",
        "Lines",
        "A drawing as white strokes on black, whether it is dark on light or light on dark.",
        suits=("scribble",),
    ),
    PreprocessorInfo(
        "invert",
        "Invert",
        _AT + "tones:invert",
        "Lines",
        "The negative, for drawings in black on white.",
        suits=("lineart", "scribble"),
        aliases=("invert (from white bg & black line)",),
    ),
    PreprocessorInfo(
        "threshold",
        "Threshold",
        _AT + "tones:threshold",
        "Lines",
        "White where the picture is brighter, black elsewhere.",
        (_first("Threshold", 0, 255, 127),),
        ("scribble",),
    ),
    PreprocessorInfo(
        "softedge_hed",
        "Soft edges",
        "",
        "Lines",
        "Soft outlines as a network sees them.",
        suits=("softedge", "hed"),
        needs="softedge",
        aliases=("hed",),
    ),
    PreprocessorInfo(
        "softedge_hedsafe",
        "Soft edges, few tones",
        "",
        "Lines",
        "Soft edges without the faint traces that give a picture away.",
        suits=("softedge", "hed"),
        needs="softedge",
        aliases=("hed_safe", "softedge_hed_safe"),
    ),
    PreprocessorInfo(
        "scribble_hed",
        "Scribble by a network",
        "",
        "Lines",
        "Broad strokes along the edges that a network sees.",
        suits=("scribble",),
        needs="softedge",
    ),
)

_SPACE = (
    PreprocessorInfo(
        "depth",
        "Depth",
        "",
        "Depth",
        "How near everything is, near being white; by whichever depth model is there.",
        suits=("depth",),
        needs="depth",
        aliases=(
            "depth_midas",
            "depth_zoe",
            "depth_leres",
            "depth_leres++",
            "depth_anything",
            "depth_anything_v2",
        ),
    ),
    PreprocessorInfo(
        "normal_depth",
        "Surfaces",
        "",
        "Depth",
        "Which way surfaces face, from depth.",
        (_first("Background threshold", 0, 1, 0.4, 0.01),),
        ("normal",),
        "depth",
        ("normal_map", "normal_midas"),
    ),
)

_CONTENTS = (
    PreprocessorInfo(
        "segmentation",
        "Segmentation",
        "",
        "Contents",
        "What is where, each kind of thing in its own colour.",
        suits=("seg",),
        needs="segmentation",
        aliases=("seg_ufade20k", "seg_ofade20k", "oneformer_ade20k"),
    ),
    PreprocessorInfo(
        "openpose",
        "Pose",
        "",
        "Contents",
        "How people stand, as skeletons; bodies only.",
        suits=("openpose", "pose"),
        needs="pose",
        aliases=("openpose_full", "dw_openpose_full"),
    ),
)

_COPIES = (
    PreprocessorInfo(
        "tile_resample",
        "Tile",
        _AT + "copies:tile_resample",
        "Colours",
        "The picture itself, smaller by the factor: new detail is put in.",
        (_first("Down-sampling", 1, 8, 1, 0.01),),
        ("tile",),
    ),
    PreprocessorInfo(
        "tile_colorfix",
        "Tile, colours only",
        _AT + "copies:tile_colorfix",
        "Colours",
        "The picture's colours without its detail. The larger the variation, the freer.",
        (_first("Variation", 3, 32, 8),),
        ("tile",),
    ),
    PreprocessorInfo(
        "blur_gaussian",
        "Blur",
        _AT + "copies:blur_gaussian",
        "Colours",
        "The picture, blurred.",
        (_first("Radius", 0.01, 64, 9, 0.01),),
        ("blur", "tile"),
    ),
    PreprocessorInfo(
        "color_grid",
        "Colour grid",
        _AT + "copies:color_grid",
        "Colours",
        "Large blocks of the picture's colours.",
        (_first("Block size", 8, 256, 64),),
        ("color",),
        aliases=("t2ia_color_grid", "color"),
    ),
    PreprocessorInfo(
        "shuffle",
        "Shuffle",
        _AT + "copies:shuffle",
        "Colours",
        "The picture stirred up: its colours are left, its composition is gone.",
        (_first("Seed", 0, 1_000_000, 0),),
        ("shuffle",),
    ),
    PreprocessorInfo(
        "recolor_luminance",
        "Recolour by luminance",
        _AT + "tones:recolor_luminance",
        "Colours",
        "How light everything looks, to be coloured anew.",
        (_GAMMA,),
        ("recolor",),
    ),
    PreprocessorInfo(
        "recolor_intensity",
        "Recolour by intensity",
        _AT + "tones:recolor_intensity",
        "Colours",
        "How strong every colour is, to be coloured anew.",
        (_GAMMA,),
        ("recolor",),
    ),
    PreprocessorInfo(
        "inpaint",
        "Inpaint",
        _AT + "tones:inpaint",
        "Colours",
        "The picture with a hole where the mask is, to be filled.",
        suits=("inpaint",),
        aliases=("inpaint_global_harmonious", "inpaint_only"),
    ),
)

PREPROCESSORS: tuple[PreprocessorInfo, ...] = (
    PreprocessorInfo(
        "none",
        "None",
        _AT + "tones:none",
        help="The picture is a map already.",
    ),
    *_LINES,
    *_SPACE,
    *_CONTENTS,
    *_COPIES,
)
