-- The part of PostfixAdmin's MySQL database that the recipe reads, and some rows. After public/upgrade.php of
-- github.com/postfixadmin/postfixadmin, which leaves these columns in latin1.
CREATE TABLE mailbox (
    username VARCHAR(255) PRIMARY KEY, password VARCHAR(255) NOT NULL DEFAULT 'secret', local_part VARCHAR(255),
    domain VARCHAR(255) NOT NULL, active TINYINT(1) NOT NULL DEFAULT 1) CHARSET latin1 COLLATE latin1_general_ci;
CREATE TABLE alias (
    address VARCHAR(255) PRIMARY KEY, goto TEXT NOT NULL, domain VARCHAR(255) NOT NULL,
    active TINYINT(1) NOT NULL DEFAULT 1) CHARSET latin1 COLLATE latin1_general_ci;
CREATE TABLE alias_domain (
    alias_domain VARCHAR(255) PRIMARY KEY, target_domain VARCHAR(255) NOT NULL,
    active TINYINT(1) NOT NULL DEFAULT 1) CHARSET latin1 COLLATE latin1_general_ci;

INSERT INTO mailbox (username, local_part, domain, active) VALUES
    ('alice@example.com', 'alice', 'example.com', 1), ('bob@example.com', 'bob', 'example.com', 1),
    ('off@example.com', 'off', 'example.com', 0), ('alice@example.org', 'alice', 'example.org', 1);
INSERT INTO alias VALUES
    ('alice@example.com', 'alice@example.com', 'example.com', 1), ('bob@example.com', 'bob@example.com', 'example.com', 1),
    ('sales@example.com', 'bob@example.com, alice@example.com,x@elsewhere.example', 'example.com', 1),
    ('old@example.com', 'alice@example.com', 'example.com', 0), ('left@example.com', 'off@example.com', 'example.com', 1),
    ('long@example.com', 'malice@example.com', 'example.com', 1), ('@example.com', 'alice@example.com', 'example.com', 1);
INSERT INTO alias_domain VALUES ('example.net', 'example.com', 1), ('gone.example', 'example.com', 0);
