#!/bin/sh
# Run once by the database container, when its data is made.
set -eu
psql --set=ON_ERROR_STOP=1 --username=postgres \
  --set=owner_password="$(cat /run/secrets/owner_password)" --set=app_password="$(cat /run/secrets/application_password)" \
  --file=/database.sql
