-- The part of mailcow's database that the recipe reads, and some rows. After data/web/inc/init_db.inc.php of
-- github.com/mailcow/mailcow-dockerized; the reverse query and those of domains are in its data/Dockerfiles/postfix/postfix.sh.
CREATE TABLE mailbox (
    username VARCHAR(255) PRIMARY KEY, password VARCHAR(255) NOT NULL DEFAULT 'secret', local_part VARCHAR(255) NOT NULL,
    domain VARCHAR(255) NOT NULL, active TINYINT(1) NOT NULL DEFAULT 1) CHARSET utf8mb4;
CREATE TABLE alias (
    id INT AUTO_INCREMENT PRIMARY KEY, address VARCHAR(255) NOT NULL UNIQUE, goto TEXT NOT NULL,
    domain VARCHAR(255) NOT NULL, sender_allowed TINYINT(1) NOT NULL DEFAULT 1,
    active TINYINT(1) NOT NULL DEFAULT 1) CHARSET utf8mb4;
CREATE TABLE sender_acl (
    id INT AUTO_INCREMENT PRIMARY KEY, logged_in_as VARCHAR(255) NOT NULL, send_as VARCHAR(255) NOT NULL,
    external TINYINT(1) NOT NULL DEFAULT 0) CHARSET utf8mb4;
CREATE TABLE alias_domain (
    alias_domain VARCHAR(255) PRIMARY KEY, target_domain VARCHAR(255) NOT NULL,
    active TINYINT(1) NOT NULL DEFAULT 1) CHARSET utf8mb4;
CREATE TABLE domain (
    domain VARCHAR(255) PRIMARY KEY, backupmx TINYINT(1) NOT NULL DEFAULT 0,
    active TINYINT(1) NOT NULL DEFAULT 1) CHARSET utf8mb4;

INSERT INTO mailbox (username, local_part, domain, active) VALUES
    ('alice@example.com', 'alice', 'example.com', 1), ('bob@example.com', 'bob', 'example.com', 1),
    ('root@example.com', 'root', 'example.com', 1), ('off@example.com', 'off', 'example.com', 0),
    ('nologin@example.com', 'nologin', 'example.com', 2), ('alice@example.org', 'alice', 'example.org', 1);
INSERT INTO alias (address, goto, domain, sender_allowed, active) VALUES
    ('alice@example.com', 'alice@example.com', 'example.com', 1, 1),
    ('sales@example.com', 'bob@example.com,alice@example.com', 'example.com', 1, 1),
    ('inbox@example.com', 'alice@example.com', 'example.com', 0, 1),
    ('old@example.com', 'alice@example.com', 'example.com', 1, 0),
    ('left@example.com', 'off@example.com,nologin@example.com', 'example.com', 1, 1);
INSERT INTO sender_acl (logged_in_as, send_as, external) VALUES
    ('alice@example.com', '@shop.example.com', 0), ('alice@example.com', 'partner@elsewhere.example', 1),
    ('root@example.com', '*', 0), ('off@example.com', 'boss@example.com', 0), ('nologin@example.com', '*', 0);
INSERT INTO domain (domain, backupmx, active) VALUES
    ('example.com', 0, 1), ('example.org', 0, 1), ('off.example', 0, 0), ('backup.example', 1, 1),
    ('backup-off.example', 1, 0);
INSERT INTO alias_domain VALUES
    ('example.net', 'example.com', 1), ('gone.example', 'example.com', 0), ('alias-off.example', 'off.example', 1),
    ('alias-backup.example', 'backup.example', 1);
