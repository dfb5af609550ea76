-- Who relays which part of the outbox. The epoch fences a holder that slept past its lease.
CREATE TABLE outbox_shards (
    shard SMALLINT NOT NULL PRIMARY KEY,
    holder VARCHAR(64) NULL,
    fence BIGINT NOT NULL DEFAULT 0,
    lease_until DATETIME(6) NOT NULL DEFAULT '2000-01-01 00:00:00',
    broker_epoch VARCHAR(64) NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;
