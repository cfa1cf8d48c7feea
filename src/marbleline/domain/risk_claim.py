"""What a model version claims of its mistakes, as its manifest and its verdicts carry it."""

from typing import Annotated

from msgspec import Meta
from msgspec.structs import replace

from marbleline.domain.wire import UNSEARCHED, WireStruct

_Share = Annotated[float, UNSEARCHED, Meta(ge=0, le=1)]


class RiskClaim(WireStruct, frozen=True, kw_only=True):
    """How often one kind of mistake happens at most, on slabs that the version has not seen.

    ``target``   what the plant accepts, a share of the slabs of this kind
    ``claimed``  with the claim's confidence the share is no higher; never better than the labels support
    ``labels``   labelled pictures of this kind that it rests on
    """

    target: _Share
    claimed: _Share
    labels: Annotated[int, UNSEARCHED, Meta(ge=0)]


class RiskClaims(WireStruct, frozen=True, kw_only=True):
    """The claims of a version: ``escapes`` are faulty slabs judged good, ``overkill`` the other way round.

    ``method`` names how thresholds and claims were found; docs/decisions-at-risk.md describes it.
    ``withdrawn`` says why nothing is claimed of this verdict, as ``drift``; empty: the claims stand.
    """

    escapes: RiskClaim
    overkill: RiskClaim
    confidence: _Share
    method: Annotated[str, UNSEARCHED]
    withdrawn: Annotated[str, UNSEARCHED] = ""

    def withdraw(self, why: str) -> "RiskClaims":
        """The same targets with nothing claimed: any share of mistakes is possible."""
        return replace(
            self,
            escapes=replace(self.escapes, claimed=1.0),
            overkill=replace(self.overkill, claimed=1.0),
            withdrawn=why,
        )
