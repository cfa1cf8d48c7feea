"""A shift as files: CSV for a spreadsheet, and one page of HTML that prints well and needs nothing else."""

import csv
import io
from typing import Final

from marbleline.console.components import shift
from marbleline.console.components.markup import Html, el
from marbleline.console.i18n.locale import Locale
from marbleline.console.state.shift_figures import ShiftFigures

_STYLE: Final = """
@page { size: A4; margin: 16mm }
body { font: 11pt/1.4 sans-serif; color: #000; max-width: 180mm; margin: 8mm auto }
h1 { font-size: 18pt; margin: 0 } h2 { font-size: 12pt; margin: 6mm 0 2mm } section { break-inside: avoid }
ul, ol { list-style: none; margin: 0; padding: 0 }
.ml-tiles { display: flex; gap: 6mm; margin: 6mm 0 }
.ml-tile { flex: 1; border-top: 2pt solid #444; display: grid }
.ml-tile-value { font-size: 20pt } .ml-dim { color: #444 }
.ml-tile.is-good { border-color: #00785f } .ml-tile.is-faulty { border-color: #c2320b }
.ml-tile.is-review { border-color: #b58900 }
table { border-collapse: collapse; width: 100% }
th, td { text-align: right; padding: 1mm 2mm; font-weight: 400 }
th:first-child, .is-words { text-align: left }
tr { border-bottom: .5pt solid #aaa } thead th { font-weight: 700 }
.ml-unseen { display: none } .ml-table td:last-child:has(.ml-bar), .ml-table th:empty { width: 30% }
.ml-pareto li { display: grid; grid-template-columns: 30mm 1fr 15mm 45mm 40mm; gap: 3mm; align-items: center }
.ml-bar { display: flex; height: 3mm; background: #eee } .ml-bar i { background: #c2320b; height: 100% }
.ml-bar i.is-good { background: #00785f } .ml-bar i.is-review { background: #d8a200 }
* { print-color-adjust: exact }
"""


def as_csv(figures: ShiftFigures, line: str, locale: Locale) -> str:
    """A line for each hour, camera, decision and defect; times with their offset, so that a machine can read
    them. It begins with a byte order mark, by which spreadsheets know UTF-8.
    """
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(("line", "shift", "hour", "camera", "decision", "defect", "slabs"))
    since = locale.moment(figures.shift.since).isoformat()
    for one in figures.buckets:
        hour = locale.moment(one.start).isoformat()
        rows.writerow((line, since, hour, one.camera, one.decision, one.defect or "", one.count))
    return "\ufeff" + out.getvalue()


def as_html(
    figures: ShiftFigures, before: ShiftFigures | None, line: str, zone: str, locale: Locale, now: int
) -> str:
    """One page of HTML with nothing to load."""
    gettext = locale.gettext
    heading = f"{line}: {shift.title(figures, locale, now)}"
    zone_text, made = gettext("shift.zone", zone=zone), gettext("shift.made", time=locale.hour(now, 0))
    body = (
        el("h1", heading),
        el("p", f"{zone_text} · {made}", class_="ml-dim"),
        shift.tiles(figures, before, locale),
        shift.pareto(figures, before, locale),
        shift.hours(figures, locale),
        shift.cameras(figures, locale),
        shift.labelled(figures, locale),
    )
    head = el("head", el("meta", charset="utf-8"), el("title", heading), el("style", Html(_STYLE)))
    return "<!doctype html>" + el("html", head, el("body", *body), lang=locale.language)
