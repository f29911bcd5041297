"""The A1111 `parameters` text: what we write others read, and what others write we read."""

import string
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import TINY
from webui.builtin import SAMPLERS, SCHEDULES
from webui.request import Choices, FileUsed, Here, ResolvedRequest, TextToImage, parse, resolve
from webui.request.infotext import write_infotext
from webui.request.infotext_reading import fields_of, read_infotext

MUCHA = """\
girl with an artist's beret, determined, blue eyes, desert scene, computer monitors, heavy makeup, \
by Alphonse Mucha and Charlie Bowater, ((eyeshadow)), (coquettish), detailed, intricate
Negative prompt: ugly, fat, obese, chubby, (((deformed))), [blurry], bad anatomy, disfigured, \
poorly drawn face, mutation, mutated, (extra_limb), (ugly), (poorly drawn hands), messy drawing
Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 965400086, Size: 512x512, Model hash: 45dee52b"""

LCM = """\
1girl,A superstar on stage.,, <lora:LCM_15:1>, <lora:ip-adapter-faceid-plusv2_sd15_lora:1>
Negative prompt: MajicNegative_V2,badhandv4,
Steps: 6, Sampler: LCM, Schedule type: Automatic, CFG scale: 1.5, Seed: 3748719078, \
Size: 768x1024, Model hash: 19bbe9faa4, Model: fantasticmix_k2, VAE hash: 07af11b95c, \
VAE: vae-ft-mse-840000-ema-pruned.safetensors, Clip skip: 2, \
Lora hashes: "LCM_15: aaebf6360f7d, ip-adapter-faceid-plusv2_sd15_lora: a95a0f4bdcb9", \
TI hashes: "MajicNegative_V2: a53884ef726b, badhandv4: 5e40d722fc3d", \
Downcast alphas_cumprod: True, Version: v1.9.4"""

CONTROL = (
    "Module: canny, Model: control_v11p_sd15_canny [d14c016b], Weight: 1.0, Resize Mode: Crop and"
    " Resize, Processor Res: 512, Threshold A: 100.0, Guidance End: 1.0, Pixel Perfect: True"
)


def a_request(**changes):
    fields = {
        "prompt": "p",
        "negative_prompt": "",
        "sampler": "euler",
        "schedule": "normal",
        "steps": 4,
        "cfg_scale": 7.0,
        "width": 64,
        "height": 32,
        "seed": 1,
        "batch_size": 1,
        "batch_count": 1,
        "checkpoint": "tiny",
        "lane": "interactive",
        "exact": False,
        "files": (FileUsed(role="checkpoint", name="tiny", sha256="ab" * 32),),
    }
    return ResolvedRequest(**{**fields, **changes})


CHOICES = Choices(SAMPLERS, SCHEDULES, (TINY,))
HERE = Here(sha256_of=lambda info: "ab" * 32, choose_seed=lambda: 1)


def written(**changes):
    return write_infotext(a_request(**changes), CHOICES, "1.2")


def test_text_has_the_form_and_order_that_others_read(resolved, choices):
    assert write_infotext(resolved, choices, "1.2") == (
        "a red house\n"
        "Negative prompt: rain\n"
        "Steps: 7, Sampler: Heun, Schedule type: Karras, CFG scale: 4.5, Seed: 123, Size: 24x16,"
        " Model hash: ababababab, Model: tiny, RNG: CPU, Version: Darkroom 1.2"
    )


def test_variation_resized_seed_and_source_are_written_and_read_back():
    changes = {
        "variation_seed": 77,
        "variation_strength": 0.25,
        "seed_resize_width": 64,
        "seed_resize_height": 128,
        "noise_source": "nv",
    }
    text = written(**changes)
    assert (
        "Model: tiny, Variation seed: 77, Variation seed strength: 0.25,"
        " Seed resize from: 64x128, RNG: NV, Version" in text
    )
    read = fields_of(read_infotext(text))
    assert {name: read[name] for name in changes} == changes


@pytest.mark.parametrize("size", ["-1x-1", "0x0", "x", "64"])
def test_resized_seed_that_is_none_is_left_out(size):
    read = fields_of(read_infotext(f"p\nSteps: 4, Seed: 1, Seed resize from: {size}, Size: 64x64"))
    assert read.get("seed_resize_height") is None


def test_sampler_that_is_no_longer_there_is_written_by_its_id(resolved):
    text = write_infotext(resolved, Choices((), (), ()), "1")
    assert "Sampler: heun, Schedule type: karras," in text


def test_empty_negative_prompt_has_no_line():
    assert written().split("\n") == [
        "p",
        "Steps: 4, Sampler: Euler, Schedule type: Normal, CFG scale: 7, Seed: 1, Size: 64x32,"
        " Model hash: ababababab, Model: tiny, RNG: CPU, Version: Darkroom 1.2",
    ]


def test_empty_prompt_leaves_the_parameters_alone():
    assert read_infotext(written(prompt=""))["Prompt"] == ""
    assert read_infotext(written(prompt="", negative_prompt="n"))["Negative prompt"] == "n"


def test_plain_example_is_read():
    pairs = read_infotext(MUCHA)
    assert pairs.pop("Prompt").endswith("(coquettish), detailed, intricate")
    assert pairs.pop("Negative prompt").startswith("ugly, fat, obese, chubby, (((deformed)))")
    assert pairs == {
        "Steps": "20",
        "Sampler": "Euler a",
        "CFG scale": "7",
        "Seed": "965400086",
        "Size": "512x512",
        "Model hash": "45dee52b",
    }


def test_example_with_quoted_values_is_read():
    pairs = read_infotext(LCM)
    assert pairs["Prompt"].startswith("1girl,A superstar on stage.,, <lora:LCM_15:1>, <lora:ip-")
    assert pairs["Negative prompt"] == "MajicNegative_V2,badhandv4,"
    assert pairs["Lora hashes"] == (
        "LCM_15: aaebf6360f7d, ip-adapter-faceid-plusv2_sd15_lora: a95a0f4bdcb9"
    )
    assert pairs["TI hashes"] == "MajicNegative_V2: a53884ef726b, badhandv4: 5e40d722fc3d"
    assert pairs["VAE"] == "vae-ft-mse-840000-ema-pruned.safetensors"
    assert pairs["Version"] == "v1.9.4"
    assert len(pairs) == 2 + 15


@pytest.mark.parametrize("version", ["v1.9.4", "v1.6.0-78-gd39440bf", "f2.0.1v1.10.1-previous-544"])
def test_versions_of_others_are_read(version):
    assert read_infotext(f"{MUCHA}, Version: {version}")["Version"] == version


def test_control_unit_stays_one_value():
    pairs = read_infotext(f'{MUCHA}, ControlNet 0: "{CONTROL}", Version: f2.0.1')
    assert pairs["ControlNet 0"] == CONTROL
    assert pairs["Version"] == "f2.0.1"
    assert "Module" not in pairs


def test_json_value_stays_one_value():
    hashes = '{"model": "45dee52b", "lora:x": "1"}'
    pairs = read_infotext(f"{MUCHA}, Hashes: {hashes}, Version: v1")
    assert pairs["Hashes"] == hashes
    assert set(pairs) & {"model", "lora", "x"} == set()


def test_escapes_in_quoted_values_are_undone():
    text = MUCHA + r', Note: "a \"b\", c: d\n e", Other: "unclosed'
    pairs = read_infotext(text)
    assert (pairs["Note"], pairs["Other"]) == ('a "b", c: d\n e', '"unclosed')


@pytest.mark.parametrize(
    ("text", "prompt"),
    [
        ("", ""),
        ("a house", "a house"),
        ("a house\nby the sea", "a house\nby the sea"),
        ("house: red, roof: blue", "house: red, roof: blue"),
        ("Steps: 5", "Steps: 5"),
        ("\0", "\0"),
    ],
)
def test_text_without_parameters_is_a_prompt(text, prompt):
    assert read_infotext(text) == {"Prompt": prompt, "Negative prompt": ""}


def test_prompts_may_have_many_lines():
    text = written(prompt="a\n\nb: c, d: e, f: g\nh", negative_prompt="i\nj: k, l: m, n: o\n\nq")
    pairs = read_infotext(text)
    assert pairs["Prompt"] == "a\n\nb: c, d: e, f: g\nh"
    assert pairs["Negative prompt"] == "i\nj: k, l: m, n: o\n\nq"


def test_fields_of_an_example_are_a_request():
    fields = fields_of(read_infotext(MUCHA))
    request = parse({**fields, "checkpoint": ""})
    assert (request.steps, request.cfg_scale, request.seed) == (20, 7.0, 965400086)
    assert (request.width, request.height, request.sampler) == (512, 512, "Euler a")
    assert "checkpoint" not in fields
    assert settle(fields).sampler == "euler_a"


def test_automatic_schedule_of_others_is_our_auto():
    fields = fields_of(read_infotext(LCM))
    assert fields["checkpoint"] == "fantasticmix_k2"
    made = settle({**fields, "checkpoint": ""})
    assert (made.sampler, made.schedule, made.height) == ("lcm", "sgm_uniform", 1024)


@pytest.mark.parametrize(
    "line",
    [
        "Steps: many, Sampler: x, CFG scale: high, Seed: ?, Size: big",
        "Steps: 1.5, CFG scale: , Seed: -, Size: x",
        "Steps: 5, CFG scale: 1, Seed: 1, Size: 512",
        f"Steps: {'9' * 6000}, CFG scale: nan, Seed: 1e5, Size: 5x{'9' * 6000}",
    ],
)
def test_values_that_are_no_numbers_are_left_out_or_refused_later(line):
    fields = fields_of(read_infotext(f"p\n{line}"))
    assert set(fields) <= set(TextToImage.model_fields)
    assert all(value is not None for value in fields.values())


def settle(fields):
    return resolve(parse(fields), CHOICES, HERE)


def with_own_options(request):
    """The request as resolving leaves it: the options of its sampler and schedule filled in."""
    options = (
        *CHOICES.sampler(request.sampler).options,
        *CHOICES.schedule(request.schedule).options,
    )
    return request.model_copy(update=dict(options))


@pytest.mark.parametrize("schedule", [schedule.id for schedule in SCHEDULES])
@pytest.mark.parametrize("sampler", [sampler.id for sampler in SAMPLERS])
def test_every_sampler_and_schedule_comes_back(sampler, schedule):
    request = with_own_options(a_request(sampler=sampler, schedule=schedule))
    assert settle(fields_of(read_infotext(write_infotext(request, CHOICES, "1")))) == request


WORDS = st.text().map(str.strip).filter(lambda text: "Negative prompt:" not in text)


@given(
    prompt=WORDS,
    negative_prompt=WORDS,
    steps=st.integers(1, 150),
    cfg_scale=st.floats(0, 30).map(abs),
    seed=st.integers(0, 2**53 - 1),
    width=st.integers(2, 512).map(lambda n: 8 * n),
)
def test_what_is_written_is_read_back_whole(**fields):
    request = with_own_options(a_request(**fields))
    assert settle(fields_of(read_infotext(write_infotext(request, CHOICES, "1")))) == request


@given(st.text(min_size=1, max_size=50).map(str.strip).filter(bool))
def test_checkpoint_of_any_name_comes_back(name):
    request = a_request(checkpoint=name)
    choices = replace(CHOICES, checkpoints=(replace(TINY, name=name),))
    assert fields_of(read_infotext(write_infotext(request, choices, "1")))["checkpoint"] == name


LIKE_PARAMETERS = st.text(alphabet='a1 :,"\\\n{}x/-' + string.whitespace)


@given(st.text() | LIKE_PARAMETERS | LIKE_PARAMETERS.map(lambda text: f"{MUCHA}, {text}"))
def test_any_text_is_read_without_failing(text):
    fields = fields_of(read_infotext(text))
    assert isinstance(fields["prompt"], str)
    assert isinstance(fields["negative_prompt"], str)


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    "piece",
    [
        "a",
        " ",
        "a ",
        "ab:",
        'ab: "',
        'ab:"\\',
        'a: "b",',
        "ab:{",
        "ab: {,",
        "ab: {",
        "ab: [",
        'ab: {"',
        'ab: ["cd: {", ',
        "Steps: 1",
        "\r\n",
        "{",
        '"',
        "\\",
        ",",
        ":",
    ]
    + ["Negative prompt:", "Negative prompt:\n", "\n", "ab: c, "],
)
def test_long_text_of_one_piece_is_read_in_linear_time(piece):
    read_infotext(piece * (1_000_000 // len(piece)))


# --- the fields that are written only where they differ from the usual ---

OPTED = Choices(
    tuple(
        replace(
            sampler,
            options=(("eta", 1.0), ("s_noise", 1.0))
            if sampler.id != "heun"
            else (("s_churn", 0.0), ("s_tmin", 0.0), ("s_tmax", 0.0), ("solver_order", 2)),
        )
        for sampler in SAMPLERS
    ),
    tuple(
        replace(schedule, options=(("rho", 7.0), ("sigma_min", None), ("sigma_max", None)))
        for schedule in SCHEDULES
    ),
    (TINY,),
)


def extras(**changes):
    """What stands between Model and Version, RNG aside."""
    text = write_infotext(a_request(**changes), OPTED, "1")
    return text.partition("Model: tiny, ")[2].partition(", Version")[0].replace("RNG: CPU", "RNG")


def test_usual_values_are_not_written():
    assert extras() == "RNG"
    assert extras(eta=1.0, s_noise=1.0, rho=7.0) == "RNG"
    assert extras(sampler="heun", s_churn=0.0, s_tmin=0.0, s_tmax=0.0, solver_order=2) == "RNG"


def test_unusual_values_are_written_with_the_keys_and_in_the_order_of_others():
    assert extras(clip_skip=2, seed_delta=31337, eta=0.5, s_noise=1.003, emphasis="no_norm") == (
        "Clip skip: 2, ENSD: 31337, RNG, Eta: 0.5, Sigma noise: 1.003, Emphasis: No norm"
    )
    assert extras(
        sampler="heun", s_churn=3.0, s_tmin=0.1, s_tmax=9.0, solver_order=3, sigma_min=0.03
    ) == (
        "RNG, Sigma churn: 3, Sigma tmin: 0.1, Sigma tmax: 9, Solver order: 3,"
        " Schedule min sigma: 0.03"
    )
    assert extras(rho=5.0, sigma_max=14.6, zero_terminal_snr=True, cfg_rescale=0.7) == (
        "RNG, Schedule rho: 5, Schedule max sigma: 14.6, Noise Schedule: Zero Terminal SNR,"
        " CFG rescale: 0.7"
    )
    assert extras(guidance_start=0.1, guidance_end=0.8) == (
        "RNG, Guidance start: 0.1, Guidance end: 0.8"
    )


def test_eta_of_ddim_has_the_key_that_others_give_it():
    assert extras(sampler="ddim", eta=0.25) == "RNG, Eta DDIM: 0.25"
    assert fields_of(read_infotext(written(sampler="ddim", eta=0.25)))["eta"] == 0.25


def test_options_of_a_sampler_that_is_no_longer_there_are_all_written():
    text = write_infotext(a_request(sampler="gone", eta=1.0, rho=7.0), Choices((), (), ()), "1")
    assert "Eta: 1, Schedule rho: 7" in text


OPTIONS = {
    "eta": st.floats(0, 2),
    "s_noise": st.floats(0, 2),
    "s_churn": st.floats(0, 100),
    "s_tmin": st.floats(0, 10_000),
    "s_tmax": st.floats(0, 10_000),
    "solver_order": st.integers(1, 3),
    "rho": st.floats(0.1, 50),
    "sigma_min": st.floats(0, 5),
    "sigma_max": st.floats(6, 10_000),
}


@st.composite
def requests(draw):
    """Any resolved request of one picture whose options are those of its sampler and schedule."""
    sampler = draw(st.sampled_from(OPTED.samplers))
    schedule = draw(st.sampled_from(OPTED.schedules))
    options = {
        name: own if own is None and draw(st.booleans()) else draw(OPTIONS[name])
        for name, own in (*sampler.options, *schedule.options)
    }
    is_varied = draw(st.booleans())
    side = st.integers(2, 512).map(lambda n: 8 * n)
    is_resized = draw(st.booleans())
    return a_request(
        prompt=draw(WORDS),
        negative_prompt=draw(WORDS),
        sampler=sampler.id,
        schedule=schedule.id,
        steps=draw(st.integers(1, 150)),
        cfg_scale=draw(st.floats(0, 30).map(abs)),
        width=draw(side),
        height=draw(side),
        seed=draw(st.integers(0, 2**53 - 1)),
        variation_seed=draw(st.integers(0, 2**53 - 1)) if is_varied else 0,
        variation_strength=draw(st.floats(0.001, 1)) if is_varied else 0.0,
        seed_resize_width=draw(side) if is_resized else None,
        seed_resize_height=draw(side) if is_resized else None,
        noise_source=draw(st.sampled_from(["cpu", "nv"])),
        seed_delta=draw(st.integers(0, 2**53 - 1)),
        emphasis=draw(st.sampled_from(["original", "no_norm", "ignore", "none"])),
        clip_skip=draw(st.integers(1, 12)),
        cfg_rescale=draw(st.floats(0, 1)),
        guidance_start=draw(st.floats(0, 0.4)),
        guidance_end=draw(st.floats(0.5, 1)),
        zero_terminal_snr=draw(st.booleans()),
        **options,
    )


@settings(max_examples=1000, deadline=None)
@given(requests())
def test_text_alone_gives_every_field_back(request):
    fields = fields_of(read_infotext(write_infotext(request, OPTED, "1")))
    assert resolve(parse(fields), OPTED, HERE) == request


# --- what others do to texts ---


@pytest.mark.parametrize(
    ("written", "sampler", "schedule"),
    [
        ("DPM++ 2M Karras", "DPM++ 2M", "Karras"),
        ("DPM++ 2M SDE Heun Exponential", "DPM++ 2M SDE Heun", "Exponential"),
        ("Euler a SGM Uniform", "Euler a", "SGM Uniform"),
        ("LMS karras", "LMS", "Karras"),
        ("Karras", "Karras", None),
        ("Euler a", "Euler a", None),
    ],
)
def test_schedule_behind_the_sampler_is_told_apart(written, sampler, schedule):
    fields = fields_of(read_infotext(f"p\nSteps: 4, Sampler: {written}, Seed: 1"))
    assert (fields["sampler"], fields.get("schedule")) == (sampler, schedule)


def test_sampler_is_left_whole_where_a_schedule_is_said():
    text = "p\nSteps: 4, Sampler: My Simple, Schedule type: Karras, Seed: 1"
    assert fields_of(read_infotext(text))["sampler"] == "My Simple"


HASHES = [
    '{"model": "abc", "lora:x": "1"}',
    '{"model": "}", "a": "{[", "b": "\\"}"}',
    '{"a": {"b": [1, {"c": "d, e: f"}]}, "g": []}',
    '[{"type":"checkpoint","modelName":"a, b: c"},{"type":"lora"}]',
]


@pytest.mark.parametrize("hashes", HASHES)
def test_json_values_of_any_nesting_stay_one_value(hashes):
    pairs = read_infotext(f"{MUCHA}, Hashes: {hashes}, Version: v1")
    assert (pairs["Hashes"], pairs["Version"]) == (hashes, "v1")
    assert len(pairs) == 2 + 8


def test_bracket_without_an_end_does_not_swallow_what_follows():
    pairs = read_infotext(f'{MUCHA}, Note: {{never closed, Hashes: {{"a": "b, c"}}, Version: v1')
    assert (pairs["Note"], pairs["Hashes"]) == ("{never closed", '{"a": "b, c"}')


def test_text_with_windows_line_ends_is_read_as_any_other():
    assert read_infotext(MUCHA.replace("\n", "\r\n")) == read_infotext(MUCHA)


def test_windows_line_end_inside_our_own_prompt_stays():
    assert fields_of(read_infotext(written(prompt="a\r\nb")))["prompt"] == "a\r\nb"


@pytest.mark.parametrize("between", [" ", "  ", ""])
def test_text_that_a_page_ran_together_is_parted_again(between):
    pairs = read_infotext(MUCHA.replace("\n", between))
    assert pairs == read_infotext(MUCHA)


def test_prompt_that_quotes_parameters_is_left_alone_without_a_negative():
    text = "a sign that says Steps: 5, Sampler: x\nSteps: 4, Sampler: Euler, Seed: 1"
    assert read_infotext(text)["Prompt"] == "a sign that says Steps: 5, Sampler: x"
