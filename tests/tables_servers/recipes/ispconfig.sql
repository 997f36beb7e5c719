-- The part of ISPConfig's database that the recipe reads, and some rows. After install/sql/ispconfig3.sql of
-- ISPConfig 3 (git.ispconfig.org/ispconfig/ispconfig3), and mysql-virtual_domains.cf.master, -virtual_alias_domains and
-- -virtual_relaydomains of its install/tpl.
CREATE TABLE mail_user (
    mailuser_id INT AUTO_INCREMENT PRIMARY KEY, server_id INT NOT NULL DEFAULT 1, email VARCHAR(255) NOT NULL,
    login VARCHAR(255) NOT NULL, password VARCHAR(255) NOT NULL DEFAULT 'secret', postfix ENUM('n', 'y') NOT NULL DEFAULT 'y',
    disablesmtp ENUM('n', 'y') NOT NULL DEFAULT 'n') CHARSET utf8;
CREATE TABLE mail_forwarding (
    forwarding_id INT AUTO_INCREMENT PRIMARY KEY, server_id INT NOT NULL DEFAULT 1, source VARCHAR(255) NOT NULL,
    destination TEXT, type ENUM('alias', 'aliasdomain', 'forward', 'catchall') NOT NULL DEFAULT 'alias',
    active ENUM('n', 'y') NOT NULL DEFAULT 'n', allow_send_as ENUM('n', 'y') NOT NULL DEFAULT 'n') CHARSET utf8;
CREATE TABLE mail_domain (
    domain_id INT AUTO_INCREMENT PRIMARY KEY, server_id INT NOT NULL DEFAULT 1, domain VARCHAR(255) NOT NULL,
    active ENUM('n', 'y') NOT NULL DEFAULT 'n', local_delivery ENUM('n', 'y') NOT NULL DEFAULT 'y') CHARSET utf8;
CREATE TABLE mail_relay_domain (
    relay_domain_id BIGINT AUTO_INCREMENT PRIMARY KEY, server_id INT NOT NULL DEFAULT 1, domain VARCHAR(255),
    access VARCHAR(255) NOT NULL DEFAULT 'OK', active VARCHAR(255) NOT NULL DEFAULT 'y') CHARSET utf8;

INSERT INTO mail_user (email, login, postfix, disablesmtp) VALUES
    ('alice@example.com', 'alice@example.com', 'y', 'n'), ('bob@example.com', 'bob@office.example.com', 'y', 'n'),
    ('off@example.com', 'off@example.com', 'y', 'y'), ('alice@example.org', 'alice@example.org', 'y', 'n');
INSERT INTO mail_forwarding (server_id, source, destination, type, active, allow_send_as) VALUES
    (1, 'sales@example.com', 'bob@example.com\r\nalice@example.com', 'forward', 'y', 'y'),
    (1, 'info@example.com', 'alice@example.com, bob@example.com', 'forward', 'y', 'y'),
    (1, 'inbox@example.com', 'alice@example.com', 'alias', 'y', 'n'),
    (1, 'old@example.com', 'alice@example.com', 'alias', 'n', 'y'),
    (1, 'left@example.com', 'off@example.com', 'alias', 'y', 'y'),
    (2, 'other@example.com', 'alice@example.com', 'alias', 'y', 'y'),
    (1, '@example.net', '@example.com', 'aliasdomain', 'y', 'n'), (1, '@gone.example', '@example.com', 'aliasdomain', 'n', 'n'),
    (1, '@alias-off.example', '@off.example', 'aliasdomain', 'y', 'n'),
    (1, '@alias-elsewhere.example', '@elsewhere.example', 'aliasdomain', 'y', 'n'),
    (1, '@catchall.example', '@example.com', 'catchall', 'y', 'n');
INSERT INTO mail_domain (domain, active, local_delivery) VALUES
    ('example.com', 'y', 'y'), ('example.org', 'y', 'y'), ('off.example', 'n', 'y'), ('elsewhere.example', 'y', 'n');
INSERT INTO mail_relay_domain (domain, active) VALUES ('backup.example', 'y'), ('backup-off.example', 'n');
