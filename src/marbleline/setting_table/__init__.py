"""Every setting as (name, default, kind, scope, help): flags, variables, checks and docs come from here.

A module for each worker, named as it is.
"""

from typing import Final

from marbleline.setting_kinds import Setting
from marbleline.setting_table.camera import CAMERA
from marbleline.setting_table.console import CONSOLE
from marbleline.setting_table.encoder import ENCODER
from marbleline.setting_table.line import LINE
from marbleline.setting_table.publisher import PUBLISHER
from marbleline.setting_table.retention import RETENTION
from marbleline.setting_table.serve import SERVE
from marbleline.setting_table.webhook import WEBHOOK

SETTINGS: Final[tuple[Setting, ...]] = (
    *LINE,
    *CAMERA,
    *ENCODER,
    *PUBLISHER,
    *WEBHOOK,
    *RETENTION,
    *SERVE,
    *CONSOLE,
)
