"""What we ship comes through the hooks that everybody has, under the id `builtin`."""

from importlib import import_module

import pytest

from webui import builtin
from webui.adapters.formats import FORMATS
from webui.builtin import FAMILIES, SAMPLERS, SCHEDULES, BuiltinTools, Tools
from webui.builtin.core import builtin_registry, load_function
from webui.builtin.preprocessors import PREPROCESSORS
from webui.extension.loading import Means, load
from webui.request.choices import PLAIN_UPSCALERS
from webui.request.resolve_hires import LATENT_UPSCALERS


def test_tables_are_what_the_hooks_contribute():
    registry = load((), builtin=builtin, means=Means(installed=tuple))
    assert registry.samplers == SAMPLERS == builtin_registry().samplers
    assert registry.schedules == SCHEDULES
    assert registry.families == FAMILIES
    assert registry.preprocessors == PREPROCESSORS
    assert [one.id for one in registry.upscalers] == [*PLAIN_UPSCALERS, *LATENT_UPSCALERS]
    assert all(value is None for value in registry.owners.values())


def test_formats_of_loras_are_named_and_are_all_that_there_are():
    found = tuple(load_function(one.value) for one in builtin_registry().lora_formats)
    assert found == FORMATS
    assert [one.id for one in builtin_registry().lora_formats] == [one.id for one in FORMATS]


@pytest.mark.parametrize("info", [one for one in PREPROCESSORS if one.function])
def test_function_of_every_preprocessor_is_there(info):
    module, _, name = info.function.partition(":")
    assert callable(getattr(import_module(module), name))
    assert callable(Tools().preprocessor(info.id))


def test_preprocessor_of_a_network_has_no_function():
    needy = next(one for one in PREPROCESSORS if one.needs)
    assert Tools().preprocessor(needy.id) is None


def test_tools_without_a_registry_are_what_we_ship():
    assert BuiltinTools is Tools
    assert Tools().registry is builtin_registry()
