-- What should not have been, and what became of it: a row a kind and subject, however often it is seen. What is not
-- repaired is for people to look into; a row whose last_seen stands still is over.
CREATE TABLE reconcile_findings (
    kind VARCHAR(48) NOT NULL,
    subject VARCHAR(128) NOT NULL,
    what VARCHAR(255) NOT NULL,
    repaired BOOLEAN NOT NULL,
    first_seen DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    last_seen DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    times INT NOT NULL DEFAULT 1,
    PRIMARY KEY (kind, subject),
    KEY reconcile_findings_open (repaired, last_seen)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;
