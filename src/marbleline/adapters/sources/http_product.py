"""What the http source answers about the product: which it is, and another one from now on."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from marbleline.adapters.sources.http_reply import UploadReply, error_reply
from marbleline.errors import BrokerUnavailable, SettingError, UnknownProduct
from marbleline.ports.source import SwitchProduct

MOST_BYTES: Final = 2_000
_RETRY_S: Final = 5


@dataclass(frozen=True, slots=True)
class ProductEndpoint:
    """``switch`` and ``current`` as in ``ports.source.TakesProductSwitches``. For any thread."""

    switch: SwitchProduct = field(repr=False)
    current: Callable[[], str] = field(repr=False)

    def get(self) -> UploadReply:
        """The product of the next frame."""
        return UploadReply(200, {"product": self.current()})

    def post(self, body: bytes, sender: str) -> UploadReply:
        """Switch to what ``{"product": "granite", "by": "MES"}`` names; ``by`` is the sender unless given."""
        try:
            asked = json.loads(body)
            product, by = asked["product"], asked.get("by", f"http {sender}")
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return error_reply(400, 'send {"product": "NAME"}, and who asks as "by"')
        if not isinstance(product, str) or not isinstance(by, str):
            return error_reply(400, "product and by have to be texts")
        try:
            made = self.switch(product, by)
        except UnknownProduct as error:
            return error_reply(404, error.detail)
        except SettingError as error:
            return error_reply(400, str(error))
        except BrokerUnavailable as error:
            said = f"not switched, the broker is away: {error}"
            return UploadReply(503, {"error": said}, retry_after_s=_RETRY_S)
        return UploadReply(200, {"product": made.product, "switch_id": made.switch_id})
