-- The inbox of providers' webhooks: the id is committed with the effect, so a second delivery changes nothing.
CREATE TABLE webhooks (
    provider VARCHAR(16) NOT NULL,
    webhook_id VARCHAR(64) NOT NULL,
    received_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    PRIMARY KEY (provider, webhook_id),
    KEY webhooks_received (received_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;
