"""Reminders of what is late: each due date is told once to each assignee whose part is open."""

from django.db.models import OuterRef, Subquery
from django.utils import timezone

from actionplans import mails
from actionplans.models import Action, Assignment

# Told in pieces, so that a long list makes no long statement.
PIECE = 500


def remind_assignees() -> int:
    """Queue a mail to each; return how many. Runs in the job's transaction, hence once.

    What is kept is the due date: a later one that passes in its turn is told again.
    """
    today = timezone.localdate()
    late = list(Assignment.objects.late_and_untold(today).values_list("pk", flat=True))
    for start in range(0, len(late), PIECE):
        piece = late[start : start + PIECE]
        due = Action.objects.filter(pk=OuterRef("action")).values("due_date")
        Assignment.objects.filter(pk__in=piece).update(reminded_of=Subquery(due))
        for pk in piece:
            mails.late_action.send(assignment=pk)
    return len(late)
