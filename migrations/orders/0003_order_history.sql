-- A row a version: the path that the order took.
CREATE TABLE order_history (
    order_id BINARY(16) NOT NULL,
    version BIGINT NOT NULL,
    from_status VARCHAR(20) NULL,
    to_status VARCHAR(20) NOT NULL,
    payment_status VARCHAR(20) NOT NULL,
    reason VARCHAR(255) NULL,
    at DATETIME(6) NOT NULL,
    PRIMARY KEY (order_id, version)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;
