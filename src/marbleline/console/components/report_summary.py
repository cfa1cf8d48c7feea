"""A shift in a few lines of text, for the mail that a report is attached to."""

from marbleline.console.i18n.locale import Locale
from marbleline.console.state.report_figures import ReportFigures
from marbleline.domain.quality_rates import Rate


def report_summary(figures: ReportFigures, locale: Locale) -> str:
    """The rates and the slabs beside those of the shift before, and the number of alarms."""
    gettext, whole, before = locale.gettext, figures.whole, figures.before

    def line(name: str, value: str, earlier: str) -> str:
        return f"{name}: {value} ({gettext('shift.before', value=earlier)})"

    rates = [
        line(
            gettext(f"quality.{rate.value}"),
            _share(whole.share(rate), locale),
            _share(before.share(rate), locale),
        )
        for rate in Rate
    ]
    slabs = line(gettext("shift.slabs"), locale.number(whole.total), locale.number(before.total))
    alarms = f"{gettext('report.alarms')}: {locale.number(len(figures.alarms))}"
    return "\n".join([slabs, *rates, alarms])


def _share(share: float | None, locale: Locale) -> str:
    return "-" if share is None else locale.tenths(share)
