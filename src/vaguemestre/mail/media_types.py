"""Media types as ``mime`` detects them from octets and ``policy`` judges them. domain.md §3."""

from typing import Final

UNEXAMINED: Final = "application/x-unexamined"
"""What was not opened, or what two readers would read differently."""

PROGRAMS: Final = frozenset(
    {
        "application/x-msdownload",  # MZ: Windows programs and libraries
        "application/x-msi",  # an installer: a compound file of its own class
        "application/x-elf",
        "application/x-mach-binary",
        "application/java-vm",
        "application/x-dex",
        "application/wasm",
        "application/x-ms-shortcut",
        "application/x-installshield",
        "application/vnd.ms-htmlhelp",  # compiled help runs what its pages say
        "application/x-script",  # whatever begins with #!, @echo off, <?php …, or runs by its name
    }
)
"""What runs when it is opened."""

ZIP: Final = "application/zip"

CLOSED_ARCHIVES: Final = frozenset(
    {
        "application/x-7z-compressed",
        "application/vnd.rar",
        "application/gzip",
        "application/x-bzip2",
        "application/x-xz",
        "application/zstd",
        "application/x-compress",
        "application/x-lzip",
        "application/x-tar",
        "application/x-archive",
        "application/x-rpm",
        "application/x-arj",
        "application/x-lzh",
        "application/x-ace",
        "application/vnd.ms-cab-compressed",
        "application/x-iso9660-image",
        "application/x-vhdx",
        "application/ms-tnef",
        "application/onenote",
    }
)
"""Files that hold others and that are not opened here: a program could travel inside."""
