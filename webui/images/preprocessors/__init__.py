"""Preprocessors: what makes a map for a ControlNet from a picture, without a network.

Each is a function of a picture, uint8 [h, w, 3], and two numbers, and gives a map of the same size;
what a number means and where it ends, the table in `webui.builtin.preprocessors` says. Pictures
with alpha, [h, w, 4], are taken too: but for `inpaint`, alpha is left out of account. Importing
this package imports none of them.
"""
