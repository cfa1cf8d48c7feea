"""Where a version that is taught goes, and whether it may start from the one that it is to start from."""

from pathlib import Path

from marbleline.domain.model import load_manifest, versions_in
from marbleline.domain.version_labels import stable_version
from marbleline.errors import SettingError


def version_folder(product: Path, base: Path, output: Path | None = None) -> Path:
    """``output``, or the folder of the product's next version.

    ``product``  the product's folder, which may not be there yet
    ``base``     the folder of the version to start from

    Raises SettingError if ``output`` is not named by a number or has a version, or if the product's own
    version judges in windows of another size than ``base``; ModelError.
    """
    versions = versions_in(product) if product.is_dir() else {}
    chosen = output or product / str(max(versions, default=0) + 1)
    if not chosen.name.isdigit() or int(chosen.name) < 1:
        raise SettingError(f"--output {chosen}: the folder's name has to be the version's number")
    if (chosen / "manifest.json").exists():
        raise SettingError(
            f"--output {chosen}: this version exists; versions never change, take the next number"
        )
    if versions:
        own, starts = (load_manifest(one).input.window for one in (stable_version(product), base))
        if own != starts:
            raise SettingError(
                f"product {product.name} judges in windows of {own} pixels, the version to start from of"
                f" {starts} (0: in one piece): start from its own, --model {product}"
            )
    return chosen
