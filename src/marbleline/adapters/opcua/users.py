"""Who may use the OPC UA server: users with passwords from a file, and nobody over an unencrypted channel."""

import hmac
import logging
from collections.abc import Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Final

from asyncua.crypto.permission_rules import PermissionRuleset, SimpleRoleRuleset, User, UserRole

from marbleline.errors import SettingError

log = logging.getLogger("marbleline.opcua")

ANONYMOUS: Final = "anonymous"

# The task that serves a connection activates its session and calls its methods.
_user: ContextVar[str] = ContextVar("opcua_user", default=ANONYMOUS)


def read_users(path: Path) -> Mapping[str, str]:
    """User -> password, of a file with one USER:PASSWORD a line; empty lines and ``#`` lines are passed over.

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


class Users:
    """asyncua's user manager: says who a session belongs to, None if it is refused."""

    def __init__(self, users: Mapping[str, str], *, anonymous: bool) -> None:
        self._users = users
        self._anonymous = anonymous

    def get_user(
        self,
        iserver: object,
        username: str | None = None,
        password: str | None = None,
        certificate: object = None,
    ) -> User | None:
        """The user of these credentials; None refuses the session (Bad_UserAccessDenied)."""
        if username is None and self._anonymous:
            _user.set(ANONYMOUS)
            return User(role=UserRole.User, name=ANONYMOUS)
        expected = self._users.get(username or "")
        # Compared in any case, so that the time says nothing about which users there are.
        same = hmac.compare_digest((password or "").encode(), (expected or "").encode())
        if expected is None or not same:
            log.warning("opcua.login_refused", extra={"user": (username or ANONYMOUS)[:64]})
            return None
        _user.set(username or "")
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
