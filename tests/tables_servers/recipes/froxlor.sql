-- The part of Froxlor's database that the recipe reads, and some rows. After install/froxlor.sql.php and
-- lib/configfiles/bookworm.xml of github.com/froxlor/froxlor, which deactivates a customer's domains too.
-- Customer 2 has entered an allowed sender in a domain of customer 1 (CVE-2026-41232).
CREATE TABLE mail_users (
    id INT AUTO_INCREMENT PRIMARY KEY, email VARCHAR(255) NOT NULL UNIQUE, username VARCHAR(255) NOT NULL,
    password_enc VARCHAR(255) NOT NULL DEFAULT 'secret', postfix ENUM('Y', 'N') NOT NULL DEFAULT 'Y',
    customerid INT NOT NULL) CHARSET utf8 COLLATE utf8_general_ci;
CREATE TABLE mail_virtual (
    id INT AUTO_INCREMENT PRIMARY KEY, email VARCHAR(255) NOT NULL, email_full VARCHAR(255) NOT NULL, destination TEXT,
    customerid INT NOT NULL, iscatchall TINYINT(1) NOT NULL DEFAULT 0) CHARSET utf8 COLLATE utf8_general_ci;
CREATE TABLE mail_sender_aliases (
    id INT AUTO_INCREMENT PRIMARY KEY, email VARCHAR(255) NOT NULL, allowed_sender VARCHAR(255) NOT NULL,
    UNIQUE (email, allowed_sender)) CHARSET utf8 COLLATE utf8_general_ci;
CREATE TABLE panel_domains (
    id INT AUTO_INCREMENT PRIMARY KEY, domain VARCHAR(255) NOT NULL, customerid INT NOT NULL,
    isemaildomain TINYINT(1) NOT NULL DEFAULT 0, deactivated TINYINT(1) NOT NULL DEFAULT 0) CHARSET utf8 COLLATE utf8_general_ci;
CREATE TABLE panel_customers (
    customerid INT PRIMARY KEY, password VARCHAR(255) NOT NULL DEFAULT 'secret', deactivated TINYINT(1) NOT NULL DEFAULT 0);

INSERT INTO panel_customers (customerid, deactivated) VALUES (1, 0), (2, 0), (3, 1);
INSERT INTO panel_domains (domain, customerid, isemaildomain, deactivated) VALUES
    ('example.com', 1, 1, 0), ('shop.example.com', 1, 1, 0), ('example.org', 2, 1, 0), ('gone.example', 3, 1, 1),
    ('web.example', 1, 0, 0);
INSERT INTO mail_users (email, username, postfix, customerid) VALUES
    ('alice@example.com', 'alice@example.com', 'Y', 1), ('bob@example.com', 'bob@example.com', 'Y', 1),
    ('off@example.com', 'off@example.com', 'N', 1), ('alice@example.org', 'alice@example.org', 'Y', 2), ('alice@gone.example', 'alice@gone.example', 'Y', 3);
INSERT INTO mail_sender_aliases (email, allowed_sender) VALUES
    ('alice@example.com', '@shop.example.com'), ('alice@example.com', 'boss@example.com'),
    ('off@example.com', 'boss@example.com'), ('alice@example.org', 'boss@example.com'),
    ('alice@example.org', '@example.com'), ('alice@example.org', '@elsewhere.example'), ('alice@example.org', 'press@example.org'),
    ('alice@gone.example', 'press@gone.example');
INSERT INTO mail_virtual (email, email_full, destination, customerid, iscatchall) VALUES
    ('alice@example.com', 'alice@example.com', 'alice@example.com', 1, 0),
    ('sales@example.com', 'sales@example.com', 'bob@example.com alice@example.com', 1, 0),
    ('@example.com', 'alice@example.com', 'alice@example.com', 1, 1),
    ('left@example.com', 'left@example.com', 'off@example.com', 1, 0);
