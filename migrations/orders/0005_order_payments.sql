-- The newest that is known of each payment of an order. An older version changes nothing.
CREATE TABLE order_payments (
    payment_id BINARY(16) NOT NULL PRIMARY KEY,
    order_id BINARY(16) NOT NULL,
    attempt INT NULL,
    version BIGINT NOT NULL,
    state VARCHAR(20) NOT NULL,
    currency CHAR(3) NOT NULL,
    authorized_minor BIGINT NOT NULL,
    captured_minor BIGINT NOT NULL,
    refunded_minor BIGINT NOT NULL,
    failure_reason VARCHAR(255) NULL,
    KEY order_payments_order (order_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;
