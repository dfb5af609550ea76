-- Money given back, or reserved to be. `requested_by` is a member of staff or `orders`.
CREATE TABLE refunds (
    id BINARY(16) NOT NULL PRIMARY KEY,
    payment_id BINARY(16) NOT NULL,
    amount_minor BIGINT NOT NULL,
    reason VARCHAR(255) NOT NULL,
    requested_by VARCHAR(64) NOT NULL,
    state VARCHAR(16) NOT NULL,
    created_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    done_at DATETIME(6) NULL,
    KEY refunds_payment (payment_id),
    CONSTRAINT refunds_amount CHECK (amount_minor > 0),
    CONSTRAINT refunds_of_payment FOREIGN KEY (payment_id) REFERENCES payments (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;
