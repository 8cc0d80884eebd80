-- Once, as the database server's administrator, in any database:
--   psql -v ON_ERROR_STOP=1 -v owner_password=… -v app_password=… -f deploy/database.sql
CREATE ROLE qualiforma_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE qualiforma_app LOGIN PASSWORD :'app_password';
CREATE DATABASE qualiforma OWNER qualiforma_owner TEMPLATE template0 ENCODING 'UTF8';
REVOKE ALL ON DATABASE qualiforma FROM PUBLIC;
GRANT CONNECT ON DATABASE qualiforma TO qualiforma_app;
\connect qualiforma
ALTER SCHEMA public OWNER TO qualiforma_owner;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO qualiforma_app;
CREATE EXTENSION IF NOT EXISTS unaccent SCHEMA public;
CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public;
