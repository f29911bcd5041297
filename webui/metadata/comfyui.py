"""ComfyUI: no list of settings but the whole graph, out of which the settings are followed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from webui.metadata import noise
from webui.metadata.comfy_conditioning import Words
from webui.metadata.comfy_graph import Graph, Node, from_editor, from_server
from webui.metadata.comfy_model import take_model
from webui.metadata.draft import Draft
from webui.metadata.names import take_sampler
from webui.metadata.networks import lack_control, lack_upscaler, lack_vae
from webui.metadata.values import as_number, as_object, as_text, is_something, json_object

_FIELDS = {
    "steps": "steps",
    "cfg": "cfg_scale",
    "eta": "eta",
    "s_noise": "s_noise",
    "rho": "rho",
    "sigma_min": "sigma_min",
    "sigma_max": "sigma_max",
}
_SAMPLER_NODES = {
    "SamplerEulerAncestral": "euler_ancestral",
    "SamplerDPMPP_2M_SDE": "dpmpp_2m_sde",
    "SamplerDPMPP_3M_SDE": "dpmpp_3m_sde",
    "SamplerDPMPP_SDE": "dpmpp_sde",
    "SamplerDPMPP_2S_Ancestral": "dpmpp_2s_ancestral",
    "SamplerDPMAdaptative": "dpm_adaptive",
    "SamplerLMS": "lms",
}
_SCHEDULE_NODES = {
    "KarrasScheduler": "karras",
    "ExponentialScheduler": "exponential",
    "PolyexponentialScheduler": "polyexponential",
    "SDTurboScheduler": "turbo",
    "AlignYourStepsScheduler": "align_your_steps",
    "GITSScheduler": "gits",
    "BetaSamplingScheduler": "beta",
}
_PARTS = ("noise", "guider", "sampler", "sigmas")
_LATENTS = ("latent_image", "latent", "samples", "latents")
_SOURCES = frozenset({"pixels", "seed", "noise_seed", "noise"})
_MOST_SAMPLERS = 50


def read(texts: Mapping[str, str], draft: Draft) -> bool:
    """Read the graph in the server's form, or else in the editor's."""
    server = json_object(texts.get("prompt", ""))
    graph = from_server(as_object(server.get("prompt")) or server)
    if not graph.nodes:
        graph = from_editor(json_object(texts.get("workflow", "")))
    if not graph.nodes:
        return False
    draft.tool = "ComfyUI"
    passes = list(_passes(graph))
    if not passes:
        draft.note("No sampler was found in ComfyUI's graph, so nothing was read of it.")
        return True
    if len(passes) > 1:
        draft.note(
            f"ComfyUI's graph samples {len(passes)} times; the first that begins from nothing is"
            " read."
        )
    _read_pass(graph, next((one for one in passes if _begins(graph, one)), passes[0]), draft)
    _lack_files(graph, draft)
    return True


def _passes(graph: Graph) -> Iterator[Node]:
    """The nodes that sample, known ones and those that look like them; at most 50."""
    found = 0
    for node in sorted(graph.nodes.values(), key=_in_order):
        is_like_one = any(name in node.inputs for name in ("seed", "noise_seed", "noise")) and any(
            name in node.inputs for name in ("positive", "guider")
        )
        if is_like_one and found < _MOST_SAMPLERS:
            found += 1
            yield node


def _in_order(node: Node) -> tuple[int, str]:
    """Numbers as numbers."""
    return (int(node.id) if node.id.isdecimal() and len(node.id) < 20 else 0, node.id)


def _begins(graph: Graph, node: Node) -> bool:
    """Whether it begins from an empty picture."""
    latent = _latent(graph, node)
    return latent is not None and _is_empty(latent)


def _is_empty(node: Node) -> bool:
    """Whether it makes an empty latent; those that have a size and a latent enlarge one."""
    return "width" in node.inputs and node.inputs.keys().isdisjoint(_LATENTS)


def _latent(graph: Graph, node: Node) -> Node | None:
    """Where its latent comes from: the first empty one, picture or other sampler upstream."""
    value = next((node.inputs[name] for name in _LATENTS if name in node.inputs), None)
    for one in graph.chain(value, _LATENTS):
        if _is_empty(one) or not _SOURCES.isdisjoint(one.inputs):
            return one
    return None


def _read_pass(graph: Graph, node: Node, draft: Draft) -> None:
    settings, kinds = _settings(graph, node)
    draft.take("seed", settings.get("seed", settings.get("noise_seed")))
    for key, name in _FIELDS.items():
        draft.take(name, settings.get(key))
    sampler = next((_SAMPLER_NODES[kind] for kind in kinds if kind in _SAMPLER_NODES), "")
    schedule = next((_SCHEDULE_NODES[kind] for kind in kinds if kind in _SCHEDULE_NODES), "")
    take_sampler(
        draft,
        as_text(settings.get("sampler_name")) or sampler,
        as_text(settings.get("scheduler")) or schedule,
    )
    words = Words(graph, draft, "positive")
    draft.take("prompt", words.prompt(settings.get("positive", settings.get("conditioning"))))
    negative = Words(graph, draft, "negative").prompt(settings.get("negative"))
    draft.take("negative_prompt", negative)
    take_model(graph, settings.get("model"), words.encoder, draft)
    _take_size(graph, node, draft)
    noise.from_cpu(draft)
    _say_part(settings, draft)


def _settings(graph: Graph, node: Node) -> tuple[dict[str, object], list[str]]:
    """What the sampler and the nodes that are its parts say, values followed; and their kinds."""
    parts = [node]
    for name in _PARTS:
        parts += graph.chain(node.inputs.get(name), ("sigmas",))
    settings: dict[str, object] = {}
    for part in parts:
        for name, value in part.inputs.items():
            is_link = name in ("positive", "negative", "conditioning", "model", *_PARTS, *_LATENTS)
            settings.setdefault(name, value if is_link else graph.plain(value))
    return settings, [part.kind for part in parts]


def _take_size(graph: Graph, node: Node, draft: Draft) -> None:
    latent = _latent(graph, node)
    if latent is None:
        return
    for name in ("width", "height"):
        draft.take(name, graph.plain(latent.inputs.get(name)))
    count = as_number(graph.plain(latent.inputs.get("batch_size"))) or 1
    if count > 1:
        draft.note(f"It is one of a batch of {count:g}; only the first has this seed's noise.")
    if "pixels" in latent.inputs:
        draft.note("It was made from another picture, which is not kept in it.")


def _say_part(settings: Mapping[str, object], draft: Draft) -> None:
    """What of a pass only a part was done."""
    if as_number(settings.get("denoise")) not in (None, 1.0):
        draft.leave("Denoise", settings["denoise"])
    start, end = (as_number(settings.get(name)) for name in ("start_at_step", "end_at_step"))
    steps = as_number(settings.get("steps"))
    if start or (end is not None and steps is not None and end < steps):
        draft.leave("Steps that were made", f"{start or 0:g} to {end or steps or 0:g}")
    if is_something(guidance := settings.get("guidance")):
        draft.leave("Distilled CFG", guidance)


def _lack_files(graph: Graph, draft: Draft) -> None:
    """Files that other nodes load."""
    for node in graph.nodes.values():
        lack_vae(draft, as_text(node.inputs.get("vae_name")))
        lack_control(draft, as_text(node.inputs.get("control_net_name")))
        if node.kind == "UpscaleModelLoader":
            lack_upscaler(draft, as_text(node.inputs.get("model_name")))
