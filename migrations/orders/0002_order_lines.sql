-- What was ordered, with title and price as they were.
CREATE TABLE order_lines (
    order_id BINARY(16) NOT NULL,
    position SMALLINT NOT NULL,
    id BINARY(16) NOT NULL,
    sku VARCHAR(64) NOT NULL,
    title VARCHAR(400) NOT NULL,
    quantity INT NOT NULL,
    unit_price_minor BIGINT NOT NULL,
    total_minor BIGINT NOT NULL,
    PRIMARY KEY (order_id, position),
    UNIQUE KEY order_lines_sku (order_id, sku),
    CONSTRAINT order_lines_quantity CHECK (quantity BETWEEN 1 AND 1000)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;
