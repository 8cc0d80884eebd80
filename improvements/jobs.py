"""Files that no row names, left by a crash between storing a file and entering it."""

from datetime import timedelta

from django.core.files.storage import default_storage
from django.utils import timezone

from improvements.models import ClosingReport, ComplaintAttachment, PlanAttachment
from qualiforma.files import stored_below, tenant_folder
from qualiforma.jobs.nightly import nightly
from qualiforma.jobs.queue import job

# Longer than any upload takes.
GRACE = timedelta(days=1)


@nightly
@job(name="improvements.purge_orphan_files", atomic=False)
def purge_orphan_files() -> None:
    """Delete the stored files that neither an attachment of a plan or complaint nor a report names."""
    folder = tenant_folder("improvements").rstrip("/")
    keys = [key for key, _size in stored_below(folder)]
    named = set(PlanAttachment.objects.filter(key__in=keys).values_list("key", flat=True))
    named |= set(ComplaintAttachment.objects.filter(key__in=keys).values_list("key", flat=True))
    named |= set(
        ClosingReport.objects.filter(attachment_s3_key__in=keys).values_list(
            "attachment_s3_key", flat=True
        )
    )
    before = timezone.now() - GRACE
    for key in keys:
        if key not in named and default_storage.get_modified_time(key) < before:
            default_storage.delete(key)
