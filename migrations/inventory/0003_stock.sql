-- What lies on the shelf and how much of it is set aside. The CHECK is the last guard against overselling: no
-- statement may break it, whatever its caller believed. A closed row belongs to a product that is no longer sold.
CREATE TABLE stock (
    sku VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    warehouse VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    on_hand BIGINT NOT NULL DEFAULT 0,
    reserved BIGINT NOT NULL DEFAULT 0,
    closed BOOLEAN NOT NULL DEFAULT FALSE,
    version BIGINT NOT NULL,
    updated_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6),
    PRIMARY KEY (sku, warehouse),
    CONSTRAINT stock_warehouse FOREIGN KEY (warehouse) REFERENCES warehouses (name),
    CONSTRAINT stock_not_oversold CHECK (reserved >= 0 AND on_hand >= reserved)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;
