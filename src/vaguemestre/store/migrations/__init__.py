"""The history of the tables. Revisions are numbered ``0001``, ``0002``…: behind and ahead are told apart.

Nothing is imported here: what runs them (``running``) stands on libraries that take half a second to load,
and every command asks which revision is the newest.
"""

from typing import Final

HEAD: Final = "0043"
"""The revision this release's code is written for; a test holds it to the newest file."""
