from django.db import migrations

from qualiforma.search import COMPARE_COMPOSED, CREATE_FUNCTION


class Migration(migrations.Migration):
    dependencies = [("tenants", "0005_storage_mark")]

    operations = [migrations.RunSQL(COMPARE_COMPOSED, CREATE_FUNCTION[2:])]
