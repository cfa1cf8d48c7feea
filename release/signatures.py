"""Signs with cosign and the user's key: files, images, and the SBOM of each image as an attestation."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from release.tools import ReleaseError, program, run

# Nothing is written to a public transparency log: what a plant runs is its own business.
_PRIVATE: Final = ("--yes", "--tlog-upload=false")
_SIGNED: Final = ("*.whl", "*.tar.gz", "*.tgz", "sbom/*.spdx.json", "images.json")


def sign(dist: Path, key: str, images: Mapping[str, str], *, insecure_registry: bool = False) -> list[Path]:
    """A signature F.sig beside each file F of a release; images, and the chart, are signed in their registry.

    ``key``  of `cosign generate-key-pair`, or the address of one in a KMS. Raises ReleaseError.
    """
    cosign = program("cosign")
    if not key:
        raise ReleaseError("name the key to sign with: COSIGN_KEY=cosign.key (`cosign generate-key-pair`)")
    files = sorted(file for pattern in _SIGNED for file in dist.glob(pattern))
    if not files:
        raise ReleaseError(f"{dist}: holds nothing to sign; run the steps before")
    signatures = []
    for file in files:
        signature = file.with_name(file.name + ".sig")
        run(cosign, "sign-blob", *_PRIVATE, "--key", key, "--output-signature", signature, file)
        signatures.append(signature)
    open_ = ("--allow-insecure-registry",) if insecure_registry else ()
    for name, image in images.items():
        run(cosign, "sign", *_PRIVATE, *open_, "--key", key, image)
        sbom = dist / "sbom" / f"{name}.spdx.json"
        if sbom.is_file():
            attest = ("attest", *_PRIVATE, *open_, "--key", key, "--type", "spdxjson", "--predicate", sbom)
            run(cosign, *attest, image)
    return signatures
