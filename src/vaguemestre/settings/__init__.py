"""Settings: one TOML file, overridden by the environment, secrets in files of their own.

``schema`` says what there is, ``reading`` reads it and names every mistake with its line, ``sample``
writes the commented file of ``vaguemestre init``. Only ``app`` and ``cli`` read settings; every room
below receives plain values.
"""

from vaguemestre.settings.reading import Problem, SettingsError, read_settings
from vaguemestre.settings.schema import Settings

__all__ = ["Problem", "Settings", "SettingsError", "read_settings"]
