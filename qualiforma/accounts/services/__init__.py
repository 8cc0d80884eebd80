"""Every write to accounts: users, passwords, and the sessions that refresh tokens make."""

from qualiforma.accounts.services.company_sessions import (
    close_company_session,
    find_company_session,
    open_company_session,
    purge_company_sessions,
)
from qualiforma.accounts.services.passwords import (
    change_password,
    request_password_reset,
    set_password_by_link,
)
from qualiforma.accounts.services.sessions import (
    Session,
    close_session,
    identify,
    log_in,
    purge_refresh_tokens,
    renew_session,
)
from qualiforma.accounts.services.users import (
    AlreadyActiveError,
    LastAdminError,
    change_user,
    create_user,
    invite_user,
    resend_invitation,
)

__all__ = [
    "AlreadyActiveError",
    "LastAdminError",
    "Session",
    "change_password",
    "change_user",
    "close_company_session",
    "close_session",
    "create_user",
    "find_company_session",
    "identify",
    "invite_user",
    "log_in",
    "open_company_session",
    "purge_company_sessions",
    "purge_refresh_tokens",
    "renew_session",
    "request_password_reset",
    "resend_invitation",
    "set_password_by_link",
]
