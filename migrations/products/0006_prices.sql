-- One price a variant and currency; position 0 is the variant's base currency.
CREATE TABLE prices (
    variant_id BINARY(16) NOT NULL,
    currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    position SMALLINT NOT NULL,
    minor BIGINT NOT NULL,
    PRIMARY KEY (variant_id, currency),
    CONSTRAINT prices_variant FOREIGN KEY (variant_id) REFERENCES variants (id),
    CONSTRAINT prices_not_negative CHECK (minor >= 0)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;
