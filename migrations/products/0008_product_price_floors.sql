-- A product's lowest price: in each currency, and, as basis BASE, in its own base currency. Derived from prices in
-- the transaction that changes them, so that a list sorted by price walks an index.
CREATE TABLE product_price_floors (
    product_id BINARY(16) NOT NULL,
    basis VARCHAR(4) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    minor BIGINT NOT NULL,
    PRIMARY KEY (product_id, basis),
    KEY product_price_floors_order (basis, minor, product_id),
    CONSTRAINT product_price_floors_product FOREIGN KEY (product_id) REFERENCES products (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;
