"""The store on Elasticsearch 8: see ``docs/elasticsearch.md`` for what lies where, and why."""

from marbleline.adapters.store_elasticsearch.lifecycle import Keep
from marbleline.adapters.store_elasticsearch.store import ElasticsearchStore

__all__ = ["ElasticsearchStore", "Keep"]
