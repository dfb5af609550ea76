-- What the provider was or is to be asked: committed before the call, PENDING until the outcome is known. The
-- provider's idempotency key is <payment id>:<kind>:<n>. run_at is also the lease: whoever runs it moves it ahead.
-- The table is the log of all that was asked.
CREATE TABLE provider_operations (
    id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    payment_id BINARY(16) NOT NULL,
    kind VARCHAR(8) NOT NULL,
    n INT NOT NULL,
    refund_id BINARY(16) NULL,
    state VARCHAR(8) NOT NULL,
    tries INT NOT NULL DEFAULT 0,
    run_at DATETIME(6) NOT NULL,
    last_outcome VARCHAR(255) NULL,
    created_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    done_at DATETIME(6) NULL,
    UNIQUE KEY provider_operations_key (payment_id, kind, n),
    KEY provider_operations_due (state, run_at),
    CONSTRAINT provider_operations_of_payment FOREIGN KEY (payment_id) REFERENCES payments (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;
