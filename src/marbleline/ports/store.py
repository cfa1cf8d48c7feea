"""The store: the record of frames, verdicts, slab verdicts, annotations and cameras."""

from typing import Protocol

from marbleline.ports.annotations import Annotations
from marbleline.ports.camera_reports import CameraReports
from marbleline.ports.camera_setups import CameraSetups
from marbleline.ports.connection import Connection
from marbleline.ports.defect_guide import DefectGuide
from marbleline.ports.frames import Frames
from marbleline.ports.product_switches import ProductChanges
from marbleline.ports.review_queue import ReviewQueue
from marbleline.ports.slab_verdicts import SlabVerdicts
from marbleline.ports.verdict_statistics import VerdictStatistics
from marbleline.ports.verdicts import Verdicts


class Store(
    Frames,
    Verdicts,
    VerdictStatistics,
    SlabVerdicts,
    Annotations,
    ReviewQueue,
    CameraReports,
    CameraSetups,
    DefectGuide,
    ProductChanges,
    Connection,
    Protocol,
):
    """All that one connection of a store adapter can do.

    Only ``bootstrap`` asks for it: a worker asks for those of its parts that it uses.
    """
