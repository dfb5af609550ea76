-- Events that were committed with their change and wait for, or had, the broker's ack.
CREATE TABLE outbox (
    id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    event_id BINARY(16) NOT NULL,
    topic VARCHAR(64) NOT NULL,
    subject VARCHAR(128) NOT NULL,
    version BIGINT NOT NULL,
    shard SMALLINT NOT NULL,
    record MEDIUMBLOB NOT NULL,
    created_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    published_at DATETIME(6) NULL,
    UNIQUE KEY outbox_event (event_id),
    KEY outbox_unpublished (shard, published_at, id),
    KEY outbox_subject (subject, version),
    KEY outbox_created (created_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;
