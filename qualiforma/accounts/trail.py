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
from qualiforma.audit import leave_out, register, say

register(User, "user", sensitive=["password"], skipped=["last_login", "version"])
leave_out(
    *(RefreshFamily, RefreshToken, CompanySession, PendingEntry),
    because="sessions; logins are entries of their own",
)
leave_out(
    *(ContentType, Permission, Group, Group.permissions.through),
    because="Django's own lists; roles and policies decide here, nothing reads them",
)

say("accounts.user.created", _("%(actor)s a créé le compte"))
say("accounts.user.invited", _("%(actor)s a invité l’utilisateur"))
say("accounts.user.changed", _("%(actor)s a modifié le compte"))
say("accounts.user.deactivated", _("%(actor)s a désactivé le compte"))
say("accounts.user.activated", _("%(actor)s a réactivé le compte"))
say("accounts.invitation.resent", _("%(actor)s a renvoyé l’invitation"))
say("accounts.password.changed", _("%(actor)s a changé son mot de passe"))
say("accounts.password.chosen", _("%(actor)s a choisi un mot de passe par un lien reçu"))
say("accounts.password.reset_requested", _("%(actor)s a demandé un nouveau mot de passe"))
say("accounts.session.opened", _("%(actor)s a ouvert une session"))
say("accounts.session.revoked", _("Une session a été révoquée : son jeton a servi deux fois"))
say("accounts.login.failed", _("Échec de connexion"))
