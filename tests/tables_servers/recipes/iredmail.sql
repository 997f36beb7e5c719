-- The part of iRedMail's vmail database that the recipe reads, and some rows. After samples/iredmail/iredmail.mysql and iredmail.pgsql
-- of github.com/iredmail/iRedMail; that of domains also after virtual_mailbox_domains.cf and relay_domains.cf of its
-- samples/postfix/mysql.
CREATE TABLE mailbox (
    username VARCHAR(255) PRIMARY KEY, password VARCHAR(255) NOT NULL DEFAULT 'secret', domain VARCHAR(255) NOT NULL,
    enablesmtp SMALLINT NOT NULL DEFAULT 1, active SMALLINT NOT NULL DEFAULT 1);
CREATE TABLE forwardings (
    address VARCHAR(255) NOT NULL, forwarding VARCHAR(255) NOT NULL, is_list SMALLINT NOT NULL DEFAULT 0,
    is_forwarding SMALLINT NOT NULL DEFAULT 0, is_alias SMALLINT NOT NULL DEFAULT 0, active SMALLINT NOT NULL DEFAULT 1);
CREATE TABLE alias_domain (
    alias_domain VARCHAR(255) PRIMARY KEY, target_domain VARCHAR(255) NOT NULL, active SMALLINT NOT NULL DEFAULT 1);
CREATE TABLE domain (
    domain VARCHAR(255) PRIMARY KEY, backupmx SMALLINT NOT NULL DEFAULT 0, active SMALLINT NOT NULL DEFAULT 1);

INSERT INTO mailbox (username, domain, enablesmtp, active) VALUES
    ('alice@example.com', 'example.com', 1, 1), ('bob@example.com', 'example.com', 1, 1),
    ('off@example.com', 'example.com', 1, 0), ('nosmtp@example.com', 'example.com', 0, 1),
    ('alice@example.org', 'example.org', 1, 1);
INSERT INTO forwardings (address, forwarding, is_list, is_forwarding, is_alias, active) VALUES
    ('alice@example.com', 'alice@example.com', 0, 1, 0, 1), ('sales@example.com', 'alice@example.com', 0, 0, 1, 1),
    ('old@example.com', 'alice@example.com', 0, 0, 1, 0), ('team@example.com', 'alice@example.com', 1, 0, 0, 1),
    ('team@example.com', 'bob@example.com', 1, 0, 0, 1), ('left@example.com', 'off@example.com', 0, 0, 1, 1),
    ('mute@example.com', 'nosmtp@example.com', 0, 0, 1, 1);
INSERT INTO domain (domain, backupmx, active) VALUES
    ('example.com', 0, 1), ('example.org', 0, 1), ('off.example', 0, 0), ('backup.example', 1, 1),
    ('backup-off.example', 1, 0);
INSERT INTO alias_domain VALUES
    ('example.net', 'example.com', 1), ('gone.example', 'example.com', 0), ('alias-off.example', 'off.example', 1),
    ('alias-backup.example', 'backup.example', 1);
