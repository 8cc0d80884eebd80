from django.db import migrations

from qualiforma.search import CREATE_FUNCTION, DROP_FUNCTION


class Migration(migrations.Migration):
    dependencies = [("tenants", "0002_deleting_status")]

    operations = [migrations.RunSQL(CREATE_FUNCTION, DROP_FUNCTION)]
