-- Orders whose end came to inventory before their hold: a hold that arrives later is refused. Kept longer than any
-- call can be under way.
CREATE TABLE ended_orders (
    order_id BINARY(16) NOT NULL PRIMARY KEY,
    ended_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    KEY ended_orders_ended (ended_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;
