-- Events whose effect is committed, by consumer: a second delivery changes nothing.
CREATE TABLE inbox (
    consumer VARCHAR(64) NOT NULL,
    event_id BINARY(16) NOT NULL,
    seen_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    PRIMARY KEY (consumer, event_id),
    KEY inbox_seen (seen_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;
