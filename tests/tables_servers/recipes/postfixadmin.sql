-- The part of PostfixAdmin's database that the recipe reads, and some rows. After public/upgrade.php of
-- github.com/postfixadmin/postfixadmin, which leaves the columns in latin1 in MySQL, and DOCUMENTS/POSTFIX_CONF.txt and
-- BACKUP_MX.txt of it. An alias domain has a row in `domain` too, and so has a domain ALL,
-- which stands for the rights of a super admin.
CREATE TABLE mailbox (
    username VARCHAR(255) PRIMARY KEY, password VARCHAR(255) NOT NULL DEFAULT 'secret', local_part VARCHAR(255),
    domain VARCHAR(255) NOT NULL, active BOOLEAN NOT NULL DEFAULT true);
CREATE TABLE alias (
    address VARCHAR(255) PRIMARY KEY, goto TEXT NOT NULL, domain VARCHAR(255) NOT NULL,
    active BOOLEAN NOT NULL DEFAULT true);
CREATE TABLE alias_domain (
    alias_domain VARCHAR(255) PRIMARY KEY, target_domain VARCHAR(255) NOT NULL,
    active BOOLEAN NOT NULL DEFAULT true);
CREATE TABLE domain (
    domain VARCHAR(255) PRIMARY KEY, backupmx BOOLEAN NOT NULL DEFAULT false, active BOOLEAN NOT NULL DEFAULT true);

INSERT INTO mailbox (username, local_part, domain, active) VALUES
    ('alice@example.com', 'alice', 'example.com', true), ('bob@example.com', 'bob', 'example.com', true),
    ('off@example.com', 'off', 'example.com', false), ('alice@example.org', 'alice', 'example.org', true);
INSERT INTO alias VALUES
    ('alice@example.com', 'alice@example.com', 'example.com', true), ('bob@example.com', 'bob@example.com', 'example.com', true),
    ('sales@example.com', 'bob@example.com, alice@example.com,x@elsewhere.example', 'example.com', true),
    ('old@example.com', 'alice@example.com', 'example.com', false), ('left@example.com', 'off@example.com', 'example.com', true),
    ('long@example.com', 'malice@example.com', 'example.com', true), ('@example.com', 'alice@example.com', 'example.com', true);
INSERT INTO domain (domain, backupmx, active) VALUES
    ('example.com', false, true), ('example.org', false, true), ('off.example', false, false), ('backup.example', true, true),
    ('backup-off.example', true, false), ('ALL', false, true),
    ('example.net', false, true), ('gone.example', false, false);
INSERT INTO alias_domain VALUES ('example.net', 'example.com', true), ('gone.example', 'example.com', false);
