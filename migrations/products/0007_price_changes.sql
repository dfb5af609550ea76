-- Every price that was ever set; append-only.
CREATE TABLE price_changes (
    id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    variant_id BINARY(16) NOT NULL,
    currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    minor BIGINT NOT NULL,
    changed_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    KEY price_changes_of_variant (variant_id, id),
    CONSTRAINT price_changes_variant FOREIGN KEY (variant_id) REFERENCES variants (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;
