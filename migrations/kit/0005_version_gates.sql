-- The newest version of each aggregate that a consumer has taken.
CREATE TABLE version_gates (
    consumer VARCHAR(64) NOT NULL,
    subject VARCHAR(128) NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (consumer, subject)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;
