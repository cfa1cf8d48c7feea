"""How each product's slabs are decided: the settings, the product's recipe, the cameras' calibrations."""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from marbleline.domain.calibration import Calibration
from marbleline.domain.decision import Decision
from marbleline.domain.grading import GradingRecipe
from marbleline.domain.product_repository import ModelRepository, parse_model_path, read_product
from marbleline.domain.slab_fold import SlabRules
from marbleline.domain.slab_layout import Layout
from marbleline.errors import CalibrationError, ModelError, UnknownProduct
from marbleline.operations.calibration_files import read_calibrations
from marbleline.settings.configuration import Configuration
from marbleline.settings.line import LineSettings, ModelSettings
from marbleline.settings.slab import SlabSettings

log = logging.getLogger("marbleline.slab")

# A recipe or calibration that is changed counts soon, without a restart.
_READ_AGAIN_S: Final = 5.0


class SlabRulesReader:
    """The rules by product, read again every few seconds. Used by one thread.

    What can't be read takes grade or millimetres from the slabs, and stops none.
    """

    def __init__(self, configuration: Configuration, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._settings = configuration.read(SlabSettings)
        self._folder = calibration_folder(configuration)
        self._models = ModelRepository(configuration.read(ModelSettings).model)
        self._monotonic = monotonic
        self._rules: dict[str, SlabRules] = {}
        self._read_at = float("-inf")
        self._logged: set[str] = set()

    def __call__(self, product: str) -> SlabRules:
        """The rules for slabs of a product; of the default one if it is empty."""
        if self._monotonic() - self._read_at > _READ_AGAIN_S:
            self._rules.clear()
            self._read_at = self._monotonic()
        if product not in self._rules:
            self._rules[product] = self._read(product or self._models.default)
        return self._rules[product]

    def _read(self, product: str) -> SlabRules:
        settings = self._settings
        layout = Layout(settings.slab_rows, settings.slab_mm_per_count, self._calibrations())
        return SlabRules(
            deadline_ms=settings.slab_deadline_ms,
            incomplete=Decision(settings.slab_incomplete),
            layout=layout,
            recipe=self._recipe(product),
        )

    def _calibrations(self) -> dict[str, Calibration]:
        try:
            return read_calibrations(self._folder)
        except CalibrationError as error:
            self._log_once("slab.no_calibration", error)
            return {}

    def _recipe(self, product: str) -> GradingRecipe | None:
        try:
            folder = parse_model_path(self._models.folder(product)).folder
            return read_product(folder).grading
        except (ModelError, UnknownProduct) as error:
            self._log_once("slab.no_recipe", error)
            return None

    def _log_once(self, event: str, error: Exception) -> None:
        """Log each error once, not with every slab."""
        if str(error) not in self._logged:
            self._logged.add(str(error))
            log.error(event, extra={"error": str(error)})


def calibration_folder(configuration: Configuration) -> Path:
    """Where the calibration files of the line's cameras lie."""
    folder = configuration.read(SlabSettings).slab_calibrations
    return folder or configuration.read(LineSettings).data / "calibration"
