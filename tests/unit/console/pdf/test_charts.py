"""Charts: what lies where, so that a wrong figure moves a mark."""

import pytest
from reportlab.graphics.shapes import Circle, Rect, String

from marbleline.console.i18n.locale import Locale
from marbleline.console.pdf.charts import OUT, p_chart_drawing, pareto_drawing
from marbleline.domain.control_chart import Subgroup, p_chart
from marbleline.domain.model import DEFECTS

ENGLISH = Locale("en")


def test_a_point_beyond_its_limits_is_a_square_and_lies_beyond_the_band() -> None:
    chart = p_chart([Subgroup(400, 20), Subgroup(0, 0), Subgroup(400, 60), Subgroup(400, 22)])
    drawn = p_chart_drawing(chart, ["06:00", "07:00", "08:00", "09:00"], "Faulty", ENGLISH, 250, 100).contents
    points = [one for one in drawn if isinstance(one, Circle)]
    bands = [one for one in drawn if isinstance(one, Rect) and one.fillColor != OUT]
    [out] = [one for one in drawn if isinstance(one, Rect) and one.fillColor == OUT]
    assert (len(points), len(bands)) == (2, 3), "an empty period has neither point nor limits"
    band = next(one for one in bands if one.x < out.x < one.x + one.width)
    assert out.y > band.y + band.height
    assert points[0].cy < points[1].cy, "22 of 400 lies above 20 of 400"
    written = {one.text for one in drawn if isinstance(one, String)}
    assert {"Faulty", "06:00", "09:00", "8.5%"} <= written, "title, periods, mean"


def test_without_slabs_there_are_axes_alone() -> None:
    drawn = p_chart_drawing(p_chart([Subgroup(0, 0)]), ["06:00"], "Late", ENGLISH, 250, 100).contents
    assert not [one for one in drawn if isinstance(one, Circle | Rect)]


def test_pareto_has_the_longest_bar_on_top_and_the_cumulative_share() -> None:
    first, second = DEFECTS[:2]
    drawing = pareto_drawing({first: 25, second: 75}, ENGLISH, 400)
    top, bottom = sorted((one for one in drawing.contents if isinstance(one, Rect)), key=lambda one: -one.y)
    assert top.width == pytest.approx(3 * bottom.width)
    words = [one.text for one in drawing.contents if isinstance(one, String) and "∑" in one.text]
    assert words == ["75 · 75.0% · ∑ 75.0%", "25 · 25.0% · ∑ 100.0%"]
