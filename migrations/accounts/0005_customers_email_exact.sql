-- Emails are compared letter by letter: under a collation that takes a for á, each spelling of one address would have
-- tries of its own at its password.
ALTER TABLE customers MODIFY email VARCHAR(254) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL;
