-- Every change of on_hand; append-only. The sum of a row's entries is its on_hand.
CREATE TABLE stock_ledger (
    id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    sku VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    warehouse VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    delta BIGINT NOT NULL,
    kind VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    reason VARCHAR(200) NULL,
    order_id BINARY(16) NULL,
    moved_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    KEY stock_ledger_sku (sku, id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;
