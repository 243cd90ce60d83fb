-- The roles of one cluster, run by psql as its superuser: by the image when the cluster is made,
-- and again by hand when a password was changed. Passwords are read from the files in $SECRETS.
--
--   chappe_owner   owns the schema; only `chappe migrate` uses it
--   chappe_app     reads and writes rows; what it may not change is in engine/store/grants.py
--   chappe_reader  reads; for metrics
\set ON_ERROR_STOP on
\set owner_password `cat "$SECRETS/owner_password"`
\set app_password `cat "$SECRETS/app_password"`
\set reader_password `cat "$SECRETS/reader_password"`

SELECT least(length(:'owner_password'), length(:'app_password'), length(:'reader_password')) >= 16
    AS complete \gset
\if :complete
\else
    \warn 'a password in $SECRETS is missing or shorter than 16 signs; run: python -m ops.deploy secrets'
    SELECT 1 / 0; -- ends with an error, which \quit would not
\endif

SELECT format('CREATE ROLE %I', wanted)
    FROM unnest(ARRAY['chappe_owner', 'chappe_app', 'chappe_reader']) AS wanted
    WHERE wanted NOT IN (SELECT rolname FROM pg_roles) \gexec

-- Only their hashes may appear anywhere, this session's statement log included.
SET log_statement = 'none';
SET password_encryption = 'scram-sha-256';
ALTER ROLE chappe_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION
    PASSWORD :'owner_password';
ALTER ROLE chappe_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION
    PASSWORD :'app_password';
ALTER ROLE chappe_reader LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION
    PASSWORD :'reader_password';
ALTER ROLE chappe_reader SET default_transaction_read_only = on;
-- The owner migrates also the tables that the application may partition, which are that role's.
GRANT chappe_app TO chappe_owner;

ALTER DATABASE :"DBNAME" OWNER TO chappe_owner;
REVOKE ALL ON DATABASE :"DBNAME" FROM PUBLIC;
REVOKE CONNECT ON DATABASE postgres FROM PUBLIC;
GRANT CONNECT ON DATABASE :"DBNAME" TO chappe_app, chappe_reader;
ALTER SCHEMA public OWNER TO chappe_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO chappe_app, chappe_reader;
