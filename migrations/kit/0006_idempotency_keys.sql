-- Keys of mutations on money and stock. scope_hash is SHA-256 over (principal, operation, key); the row is
-- committed with the change it names and keeps the result's id, not a body.
CREATE TABLE idempotency_keys (
    scope_hash BINARY(32) NOT NULL PRIMARY KEY,
    input_hash BINARY(32) NOT NULL,
    result_id VARCHAR(128) NOT NULL,
    created_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    KEY idempotency_created (created_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;
