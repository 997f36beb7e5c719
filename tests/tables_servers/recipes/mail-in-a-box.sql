-- The part of Mail-in-a-Box's users.sqlite that the recipe reads, and some rows. After setup/mail-users.sh of
-- github.com/mail-in-a-box/mailinabox.
CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT, email TEXT NOT NULL UNIQUE, password TEXT NOT NULL, extra,
    privileges TEXT NOT NULL DEFAULT '', quota TEXT NOT NULL DEFAULT '0');
CREATE TABLE aliases (
    id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL UNIQUE, destination TEXT NOT NULL, permitted_senders TEXT);
CREATE TABLE auto_aliases (
    id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL UNIQUE, destination TEXT NOT NULL, permitted_senders TEXT);

INSERT INTO users (email, password) VALUES
    ('alice@example.com', 'secret'), ('bob@example.com', 'secret'), ('alice@example.org', 'secret');
INSERT INTO aliases (source, destination, permitted_senders) VALUES
    ('sales@example.com', 'alice@example.com,' || char(10) || 'bob@example.com', NULL),
    ('list@example.com', 'alice@example.com,bob@example.com', 'bob@example.com'),
    ('boss@example.com', '', 'bob@example.com, alice@example.com'),
    ('@shop.example.com', 'alice@example.com', NULL), ('left@example.com', 'off@example.com', NULL),
    ('long@example.com', 'malice@example.com', NULL);
INSERT INTO auto_aliases (source, destination) VALUES ('abuse@box.example.com', 'administrator@box.example.com');
