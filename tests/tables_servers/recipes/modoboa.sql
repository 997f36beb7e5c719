-- The part of Modoboa's database that the recipe reads, and some rows. After modoboa/admin/migrations and
-- postfix_maps.py of modoboa/admin and modoboa/relaydomains of github.com/modoboa/modoboa.
CREATE TABLE core_user (id INT PRIMARY KEY, email VARCHAR(254) NOT NULL, password VARCHAR(256) DEFAULT 'secret', is_active BOOLEAN NOT NULL);
CREATE TABLE admin_domain (
    id INT PRIMARY KEY, name VARCHAR(100) NOT NULL UNIQUE, enabled BOOLEAN NOT NULL, type VARCHAR(20) NOT NULL DEFAULT 'domain');
CREATE TABLE admin_domainalias (id INT PRIMARY KEY, name VARCHAR(100) NOT NULL, target_id INT NOT NULL, enabled BOOLEAN NOT NULL);
CREATE TABLE admin_mailbox (id INT PRIMARY KEY, address VARCHAR(252) NOT NULL, domain_id INT NOT NULL, user_id INT NOT NULL);
CREATE TABLE admin_senderaddress (id INT PRIMARY KEY, address VARCHAR(254) NOT NULL, mailbox_id INT NOT NULL);
CREATE TABLE admin_alias (
    id INT PRIMARY KEY, address VARCHAR(254) NOT NULL, enabled BOOLEAN NOT NULL, internal BOOLEAN NOT NULL,
    expire_at TIMESTAMP WITH TIME ZONE, domain_id INT);
CREATE TABLE modoboa_admin_aliasrecipient (id INT PRIMARY KEY, address VARCHAR(254), alias_id INT NOT NULL, r_mailbox_id INT, r_alias_id INT);

INSERT INTO core_user (id, email, is_active) VALUES
    (1, 'alice@example.com', true), (2, 'bob@example.com', true), (3, 'off@example.com', false), (4, 'alice@example.org', true);
INSERT INTO admin_domain VALUES
    (1, 'example.com', true, 'domain'), (2, 'example.org', true, 'domain'), (3, 'off.example', false, 'domain'),
    (4, 'backup.example', true, 'relaydomain'), (5, 'backup-off.example', false, 'relaydomain');
INSERT INTO admin_domainalias VALUES
    (1, 'example.net', 1, true), (2, 'gone.example', 1, false), (3, 'alias-off.example', 3, true),
    (4, 'alias-backup.example', 4, true);
INSERT INTO admin_mailbox VALUES (1, 'alice', 1, 1), (2, 'bob', 1, 2), (3, 'off', 1, 3), (4, 'alice', 2, 4);
INSERT INTO admin_senderaddress VALUES (1, 'partner@elsewhere.example', 1), (2, '@shop.example.com', 1), (3, 'boss@example.com', 3);
INSERT INTO admin_alias VALUES
    (1, 'alice@example.com', true, true, NULL, 1), (2, 'sales@example.com', true, false, NULL, 1),
    (3, 'old@example.com', false, false, NULL, 1), (4, 'fair@example.com', true, false, '2001-01-01 00:00:00+00', 1),
    (5, 'left@example.com', true, false, NULL, 1);
INSERT INTO modoboa_admin_aliasrecipient VALUES
    (1, 'alice@example.com', 1, 1, NULL), (2, 'alice@example.com', 2, 1, NULL), (3, 'bob@example.com', 2, 2, NULL),
    (4, 'alice@example.com', 3, 1, NULL), (5, 'alice@example.com', 4, 1, NULL), (6, 'off@example.com', 5, 3, NULL),
    (7, 'x@elsewhere.example', 2, NULL, NULL);
