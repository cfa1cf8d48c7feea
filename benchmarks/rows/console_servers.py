"""Tabs of a console on RabbitMQ and Elasticsearch with 1,000,000 verdicts on record, while slabs arrive."""

import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright
from tests.console.backing import Servers, backing, nodes
from tests.console.conftest import FLAGS, chromium
from tests.console.process import console
from tests.console.stage import Stage
from tests.services.missing import ServerMissing

from benchmarks import console_load as load
from benchmarks.report import Result
from benchmarks.rows.analytics import fill
from marbleline.adapters.stores.elasticsearch import ElasticsearchStore
from marbleline.domain.clock import now


def run(quick: bool) -> Result:
    """As the row ``console`` under load, on servers."""
    path = chromium()
    if path is None:
        raise ServerMissing("no Chromium: on Debian, apt-get install chromium")
    stored, lasts = 10_000 if quick else 1_000_000, load.minutes(quick)
    with tempfile.TemporaryDirectory() as folder, nodes(Path(folder), wanted=True):
        data = Path(folder) / "data"
        stage = Stage(data)
        at = backing(data)
        assert isinstance(at, Servers)
        assert isinstance(stage.store, ElasticsearchStore)
        fill(at.store_url, at.prefix, stage.store, stored, now())
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
            try:
                with console(data) as (address, process):
                    found = load.observe(browser, stage, address, process.pid, lasts * 60)
            finally:
                stage.close()
                browser.close()
    return Result(
        "console_servers",
        f"The console on RabbitMQ and Elasticsearch with {stored} verdicts on record",
        tuple(load.estimates(found, "under load")),
        conditions=f"headless, 1366x768, {len(load.TABS)} tabs and one that goes from page to page, four "
        f"cameras at {load.RATE:g} slabs/s together, {lasts:g} minutes; a year of verdicts without "
        "thumbnails, in indices of a month; all on one machine",
    )
