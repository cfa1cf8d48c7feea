"""Hypothesis strategies for what travels."""

from hypothesis import strategies as st

from marbleline.domain.decision import Decision
from marbleline.domain.defect_regions import DefectRegion
from marbleline.domain.frame import Frame
from marbleline.domain.model import CLASSES, DEFECTS, Thresholds
from marbleline.domain.quality import Quality
from marbleline.domain.records import BlindCause, CameraReport, CameraState
from marbleline.domain.risk_claim import RiskClaim, RiskClaims
from marbleline.domain.strangest_patch import StrangestPatch
from marbleline.domain.verdict import Heatmap, ModelRef, Stages, Verdict

names = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
moments = st.integers(0, 4_000_000_000_000_000)
counts = st.integers(0, 2**62)
probabilities = st.floats(0, 1)
measures = st.floats(0, 1e6).map(lambda value: round(value, 2))
digests = st.binary(min_size=32, max_size=32).map(bytes.hex)

frames = st.builds(
    Frame,
    frame_id=st.uuids().map(str),
    line=names,
    camera=names,
    sequence=st.integers(1, 2**62),
    captured_at=moments,
    sha256=digests,
    size=counts,
    deadline_ms=st.integers(1, 86_400_000),
    slab_id=st.none() | texts,
    origin=st.none() | texts,
    station=st.none() | names,
    trigger=st.none() | st.integers(1, 2**62),
    tile=st.none() | st.integers(1, 100),
    tiles=st.none() | st.integers(1, 100),
    encoder_start=st.none() | st.integers(-(2**62), 2**62),
    encoder_end=st.none() | st.integers(-(2**62), 2**62),
    product=names,
)
qualities = st.builds(
    Quality,
    brightness=st.floats(0, 255).map(lambda value: round(value, 2)),
    contrast=measures,
    sharpness=measures,
)
reports = st.builds(
    CameraReport,
    line=names,
    camera=names,
    state=st.sampled_from(CameraState),
    since=moments,
    reported_at=moments,
    last_frame_at=st.none() | moments,
    captured=counts,
    skipped=counts,
    spooled=counts,
    spooled_bytes=counts,
    detail=texts,
    watched_since=st.none() | moments,
    blind_restart_ms=counts,
    blind_held_up_ms=counts,
    last_blind_at=st.none() | moments,
    last_blind_cause=st.none() | st.sampled_from(BlindCause),
    interval_ms=st.none() | counts,
    triggers=st.none() | counts,
    missed=st.none() | counts,
)

corners = st.lists(st.tuples(probabilities, probabilities), min_size=3, max_size=8).map(tuple)
regions = st.builds(DefectRegion, probability=probabilities, outline=corners)

patches = st.builds(
    StrangestPatch,
    left=probabilities,
    top=probabilities,
    width=probabilities,
    height=probabilities,
    normal=st.integers(0, 2**24),
    distance=measures,
)


def claims() -> st.SearchStrategy[RiskClaims]:
    """The claims of a taught version."""
    shares = st.floats(0, 1)
    claim = st.builds(RiskClaim, target=shares, claimed=shares, labels=st.integers(0, 10**6))
    return st.builds(
        RiskClaims, escapes=claim, overkill=claim, confidence=shares, method=st.text(max_size=20)
    )


@st.composite
def verdicts(draw: st.DrawFn) -> Verdict:
    """Any verdict that the line could make."""
    frame = draw(frames)
    rows, columns = draw(st.integers(0, 5)), draw(st.integers(0, 5))
    good_upto, faulty_from = sorted(draw(st.tuples(probabilities, probabilities)))
    return Verdict(
        frame=frame,
        width=draw(st.integers(1, 100_000)),
        height=draw(st.integers(1, 100_000)),
        media_type=draw(st.sampled_from(["image/jpeg", "image/png"])),
        quality=draw(qualities),
        decision=draw(st.sampled_from(Decision)),
        defect=draw(st.none() | st.sampled_from(DEFECTS)),
        reasons=tuple(
            draw(st.lists(st.sampled_from(["unsure", "anomalous", "dark", "blurred"]), max_size=3))
        ),
        scores={name: draw(probabilities) for name in CLASSES},
        anomaly=draw(st.floats(-1e6, 1e6)),
        faulty_probability=draw(probabilities),
        heatmap=Heatmap(rows, columns, draw(st.binary(min_size=rows * columns, max_size=rows * columns))),
        model=draw(
            st.builds(ModelRef, name=names, version=st.integers(1, 10**6), digest=digests, runtime=names)
        ),
        thresholds=Thresholds(good_upto, faulty_from, draw(st.floats(0, 100)), draw(st.none() | claims())),
        stages=Stages(frame.captured_at, *(draw(moments) for _ in range(5))),
        thumbnail=draw(st.binary(max_size=50)),
        defects=tuple(draw(st.lists(regions, max_size=3))),
        strangest=draw(st.none() | patches),
    )
