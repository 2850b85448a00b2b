"""The version of the code, for manifests and for the `User-Agent`."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def project_version() -> str:
    """The installed version; `dev` in a checkout that is not installed."""
    try:
        return version("voorkant")
    except PackageNotFoundError:
        return "dev"
