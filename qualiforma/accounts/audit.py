"""How accounts stand in the audit trail: users and what is done to them, never their sessions."""

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.utils.translation import gettext_lazy as _

from qualiforma.accounts.models import (
    CompanySession,
    PendingEntry,
    RefreshFamily,
    RefreshToken,
    User,
)
from qualiforma.audit import describe_action, exclude, register

register(User, "user", sensitive=["password"], skipped=["last_login", "version"])
exclude(
    *(RefreshFamily, RefreshToken, CompanySession, PendingEntry),
    because="sessions; logins are entries of their own",
)
exclude(
    *(ContentType, Permission, Group, Group.permissions.through),
    because="Django's own lists; roles and policies decide here, nothing reads them",
)

describe_action("accounts.user.created", _("%(actor)s a créé le compte"))
describe_action("accounts.user.invited", _("%(actor)s a invité l’utilisateur"))
describe_action("accounts.user.changed", _("%(actor)s a modifié le compte"))
describe_action("accounts.user.deactivated", _("%(actor)s a désactivé le compte"))
describe_action("accounts.user.activated", _("%(actor)s a réactivé le compte"))
describe_action("accounts.invitation.resent", _("%(actor)s a renvoyé l’invitation"))
describe_action("accounts.password.changed", _("%(actor)s a changé son mot de passe"))
describe_action(
    "accounts.password.chosen", _("%(actor)s a choisi un mot de passe avec un lien reçu par e-mail")
)
describe_action(
    "accounts.password.reset_requested", _("%(actor)s a demandé un nouveau mot de passe")
)
describe_action("accounts.session.opened", _("Connexion de %(actor)s"))
describe_action(
    "accounts.session.revoked", _("Une session a été révoquée : son jeton a servi deux fois")
)
describe_action("accounts.login.failed", _("Échec de connexion"))
