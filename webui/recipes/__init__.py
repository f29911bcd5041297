"""Recipes: each turns a resolved request into calls, one picture per generator."""

from webui.recipes.plan import Plan, Planner, Tools
from webui.recipes.redraw import redraw
from webui.recipes.text_to_image import text_to_image

__all__ = ["Plan", "Planner", "Tools", "redraw", "text_to_image"]
