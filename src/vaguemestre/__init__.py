"""Vaguemestre: the mail gateway between health professionals and citizens."""
