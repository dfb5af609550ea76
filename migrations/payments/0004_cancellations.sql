-- Attempts that orders has cancelled, also those whose start never arrived: it must not arrive later. Attempt 0 is
-- every attempt of the order.
CREATE TABLE cancellations (
    order_id BINARY(16) NOT NULL,
    attempt INT NOT NULL,
    reason VARCHAR(255) NOT NULL,
    created_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    PRIMARY KEY (order_id, attempt)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;
