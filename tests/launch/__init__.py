"""Tests of launch.py and launcher/."""
