"""The store on Elasticsearch 8: see ``docs/elasticsearch.md`` for what lies where, and why."""

from marbleline.adapters.stores.elasticsearch.lifecycle import Keep
from marbleline.adapters.stores.elasticsearch.store import ElasticsearchStore
from marbleline.adapters.stores.registry import ElasticsearchSettings, StoreContext

__all__ = ["ElasticsearchStore", "Keep", "open_elasticsearch"]


def open_elasticsearch(context: StoreContext, settings: ElasticsearchSettings) -> ElasticsearchStore:
    """``http(s)://[USER:PASSWORD@]HOST[:PORT][,HOST...]``"""
    return ElasticsearchStore(
        context.address,
        ca_file=settings.store_ca_file,
        api_key=settings.store_api_key,
        prefix=settings.store_prefix,
        keep=Keep(settings.store_keep_frames_days, settings.store_keep_verdicts_days),
    )
