"""Who may use the OPC UA server: users with passwords from a file, and nobody over an unencrypted channel."""

import hmac
import logging
from collections.abc import Collection, Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Final

from asyncua.crypto.permission_rules import PermissionRuleset, SimpleRoleRuleset, User, UserRole

from marbleline.adapters.opcua.trusted_clients import TrustedClients
from marbleline.errors import SettingError

log = logging.getLogger("marbleline.opcua")

ANONYMOUS: Final = "anonymous"

# The task that serves a connection activates its session and calls its methods.
_user: ContextVar[str] = ContextVar("opcua_user", default=ANONYMOUS)
_reads_only: ContextVar[bool] = ContextVar("opcua_reads_only", default=True)


def read_users(path: Path) -> Mapping[str, str]:
    """User -> password, of a file with one USER:PASSWORD a line; empty lines and ``#`` lines are skipped.

    Raises SettingError naming the line and never what it says.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"opcua_users_file {path}: can't be read: {_why(error)}") from None
    users: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        user, mark, password = line.partition(":")
        if not user or not mark or not password or user in users:
            raise SettingError(
                f"opcua_users_file {path}, line {number}: allowed is USER:PASSWORD, each user once"
            )
        users[user] = password
    if not users:
        raise SettingError(f"opcua_users_file {path}: has no user; write one as USER:PASSWORD")
    return users


def calling_user() -> str:
    """The user on whose behalf a method is called now."""
    return _user.get()


def reads_only() -> bool:
    """Whether this user may not call what starts, stops or switches anything."""
    return _reads_only.get()


class Users:
    """asyncua's user manager: says who a session belongs to, None if it is refused.

    ``readers``  those of the users who may only read
    ``clients``  by which certificates a client must have; None: any
    """

    def __init__(
        self,
        users: Mapping[str, str],
        *,
        anonymous: bool,
        readers: Collection[str] = (),
        clients: TrustedClients | None = None,
    ) -> None:
        self._users = users
        self._anonymous = anonymous
        self._readers = readers
        self._clients = clients

    def get_user(
        self,
        iserver: object,
        username: str | None = None,
        password: str | None = None,
        certificate: bytes | None = None,
    ) -> User | None:
        """The user of these credentials; None refuses the session (Bad_UserAccessDenied).

        ``certificate``  of the client's encrypted channel (DER), so that the client has its key
        """
        if self._clients is not None and not self._clients.trusts(certificate):
            return None
        if username is None and self._anonymous:
            _user.set(ANONYMOUS)
            _reads_only.set(False)
            return User(role=UserRole.User, name=ANONYMOUS)
        expected = self._users.get(username or "")
        # Compared in any case, so that the time says nothing about which users there are.
        same = hmac.compare_digest((password or "").encode(), (expected or "").encode())
        if expected is None or not same:
            log.warning("opcua.login_refused", extra={"user": (username or ANONYMOUS)[:64]})
            return None
        _user.set(username or "")
        _reads_only.set(username in self._readers)
        log.info("opcua.login", extra={"user": username})
        return User(role=UserRole.User, name=username)


class NothingAllowed(PermissionRuleset):  # type: ignore[misc]
    """Of a channel without encryption, which asyncua opens so that clients can ask for the endpoints.

    Without it asyncua would serve every request on such a channel.
    """

    def check_validity(self, user: object, action_type: object, body: object) -> bool:
        """No request that needs a session is allowed."""
        return False


def user_rules() -> SimpleRoleRuleset:
    """Of an encrypted channel: users read, browse, subscribe and call; nobody changes the address space."""
    return SimpleRoleRuleset()


def _why(error: OSError | UnicodeDecodeError) -> str:
    return error.strerror or "" if isinstance(error, OSError) else "it is no UTF-8"
