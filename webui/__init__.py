"""Darkroom: a web studio for diffusion images."""
