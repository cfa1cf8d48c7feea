"""A product: a kind of stone, size and finish, with its own model versions, risk targets and thresholds."""

from dataclasses import replace
from typing import Annotated

from msgspec import Meta

from marbleline.domain.frame import Name, Sha256, check_name
from marbleline.domain.grading import GradingRecipe
from marbleline.domain.model import Manifest, Probability, Thresholds
from marbleline.domain.wire import PROSE, WireStruct
from marbleline.errors import SettingError

_Share = Annotated[float, Meta(gt=0, lt=1)]


class RiskTargets(WireStruct, frozen=True, kw_only=True):
    """What the plant accepts.

    ``escapes``     most faulty slabs judged good, as a share of the faulty ones
    ``overkill``    most good slabs judged faulty, as a share of the good ones
    ``confidence``  probability with which a claim about either has to hold
    """

    escapes: _Share = 0.02
    overkill: _Share = 0.05
    confidence: _Share = 0.9

    def __post_init__(self) -> None:
        """Raises SettingError unless each lies between 0 and 1, both excluded."""
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if not 0 < value < 1:
                raise SettingError(f"{name} is {value}: allowed is a share between 0 and 1, such as 0.02")


class ThresholdCalibration(WireStruct, frozen=True, kw_only=True):
    """Thresholds that replace those of a version's manifest, for that version only.

    ``digest``  of the version whose scores they were made from: they mean nothing for other scores
    """

    digest: Sha256
    thresholds: Thresholds


class Product(WireStruct, frozen=True, kw_only=True):
    """``model_repo/<name>/product.json``, beside the model versions ``1``, ``2``, ... of the product.

    ``name``             the folder's; part of every frame and verdict, and the name of the servable
    ``calibration``      None: the thresholds of each version's manifest count
    ``drift_reference``  file in the product's folder with what drift is compared with; empty: the
                         ``reference.json`` of the stable version
    ``prevalence``       estimated share of faulty slabs on the line; None: not known yet
    ``grading``          how slabs are graded; None: they are not
    """

    name: Name
    title: Annotated[str, PROSE] = ""
    risk: RiskTargets = RiskTargets()
    calibration: ThresholdCalibration | None = None
    drift_reference: str = ""
    prevalence: Probability | None = None
    grading: GradingRecipe | None = None

    def __post_init__(self) -> None:
        """Raises SettingError if the name or the prevalence is not allowed."""
        check_name("product", self.name)
        if self.prevalence is not None and not 0 <= self.prevalence <= 1:
            raise SettingError(f"prevalence is {self.prevalence}: allowed is a share from 0 to 1")

    def calibrated(self, manifest: Manifest) -> Manifest:
        """The manifest of one of the product's versions, with the thresholds that count for its scores."""
        if self.calibration is None or self.calibration.digest != manifest.digest:
            return manifest
        return replace(manifest, thresholds=self.calibration.thresholds)
