from django.db import migrations

from qualiforma.search import CREATE_FRENCH, DROP_FRENCH


class Migration(migrations.Migration):
    dependencies = [("tenants", "0003_search")]

    operations = [migrations.RunSQL(CREATE_FRENCH, DROP_FRENCH)]
