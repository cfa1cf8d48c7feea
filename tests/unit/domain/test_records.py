"""Camera reports and encoded frames on the wire."""

import numpy as np
import pytest
from hypothesis import given

from marbleline.domain.encoded import Encoded
from marbleline.domain.records import CameraReport
from marbleline.errors import WireError
from tests.builders import make_encoded, make_report
from tests.unit.domain.strategies import reports


@given(reports)
def test_headers_give_the_report_back(report: CameraReport) -> None:
    assert CameraReport.from_headers(report.to_headers()) == report


def test_an_unknown_state_is_refused_by_name() -> None:
    with pytest.raises(WireError, match=r"'sleepy'.*online"):
        CameraReport.from_headers({**make_report().to_headers(), "state": "sleepy"})


def test_a_message_gives_the_encoded_frame_back() -> None:
    encoded = make_encoded()
    back = Encoded.from_message(encoded.to_headers(), encoded.to_body())
    assert np.array_equal(back.image, encoded.image)
    assert back.thumbnail == encoded.thumbnail
    assert (back.frame, back.quality, back.encoded_at) == (encoded.frame, encoded.quality, encoded.encoded_at)


@pytest.mark.parametrize(("width", "height"), [(0, 48), (64, -1), (65, 48), (10**9, 10**9)])
def test_a_body_that_is_too_short_for_its_size_is_refused(width: int, height: int) -> None:
    encoded = make_encoded()
    headers = {**encoded.to_headers(), "input_width": width, "input_height": height}
    with pytest.raises(WireError, match="bytes"):
        Encoded.from_message(headers, encoded.image.tobytes())
